// What a diagnosis rests on, in a line ahead of its findings.
#pragma once

#include <string>

#include "conntrail/observe/observation.h"

namespace conntrail::cli {

// "10.0s observed: 52 342 connections, from kernel events, nothing lost", and an empty line.
void append_evidence_text(std::string& out, const observe::Observation& observation);
// {"type":"evidence", …}: docs/records.md.
void append_evidence_json(std::string& out, const observe::Observation& observation);

}  // namespace conntrail::cli
