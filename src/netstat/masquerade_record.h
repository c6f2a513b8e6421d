// A masqueraded connection as a record of --json and --csv.
#pragma once

#include "masquerade_entry.h"
#include "record_writer.h"

namespace conntrail::netstat {

void write_masquerade_record(RecordWriter& writer, const MasqueradeEntry& entry);

}  // namespace conntrail::netstat
