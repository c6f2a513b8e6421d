// Counters of the kernel as the text files of /proc/net have them: pure readers. Whatever the text says,
// nothing but names of letters, digits and "_" with whole numbers behind them comes out.
#pragma once

#include <string_view>
#include <vector>

#include "conntrail/model/host_sample.h"

namespace conntrail::snapshot {

// /proc/net/netstat and /proc/net/snmp: a line of names and a line of numbers per section, both beginning
// with "Tcp:". Appends those of `section` as "Tcp.ActiveOpens".
void append_section(std::vector<NamedValue>& to, std::string_view text, std::string_view section);

// /proc/net/sockstat and sockstat6: "TCP: inuse 5 orphan 1 …". Appends the pairs of the line `section` as
// "sockstat.TCP.inuse".
void append_sockstat(std::vector<NamedValue>& to, std::string_view text, std::string_view section);

}  // namespace conntrail::snapshot
