// A masqueraded connection as a record of --json and --csv.
#pragma once

#include "masquerade/masquerade_entry.h"
#include "output/record_writer.h"

namespace conntrail::netstat {

void write_masquerade_record(RecordWriter& writer, const MasqueradeEntry& entry);

}  // namespace conntrail::netstat
