// An interface as a record of --json and --csv.
#pragma once

#include "interfaces/interface_format.h"
#include "output/record_writer.h"

namespace conntrail::netstat {

void write_interface_record(RecordWriter& writer, const InterfaceView& view);

}  // namespace conntrail::netstat
