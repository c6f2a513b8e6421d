// A finding as one JSON object on a line (docs/records.md, "diagnose: finding").
#pragma once

#include <string>

#include "conntrail/model/finding.h"

namespace conntrail::view {

// Appends the object and a newline. What is not known is an absent key.
void append_finding_json(std::string& out, const Finding& finding);

}  // namespace conntrail::view
