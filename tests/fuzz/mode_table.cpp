// The tables that are not of sockets: routes, counters and masqueraded connections.
#include "table_run.h"

using conntrail::fuzz::Table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Table> kTables{
      {{"/proc/net/route"}, {"-rn", "-ren", "-reen", "-reeen", "-r --json", "-r --csv"}},
      {{"/proc/net/rt_cache", "/proc/net/route"},
       {"-rCn", "-reCn", "-reeCn", "-reeeCn", "-rC --json", "-rFC --csv"}},
      {{"/proc/net/ipv6_route"}, {"-6rn", "-6ren", "-6rCn", "-6r --json", "-6rFC --csv"}},
      {{"/proc/net/ndisc", "/proc/net/ipv6_route"}, {"-6rCn", "-6reCn", "-6rC --json", "-6rFC --csv"}},
      {{"/proc/net/snmp", "/proc/net/netstat", "/proc/net/sctp/snmp"},
       {"-s", "-st", "-suw", "-sS", "-s --json", "-s --csv"}},
      {{"/proc/net/snmp6", "/proc/net/snmp"}, {"-6s", "-6stu", "-6s --json", "-6s --csv"}},
      // The old file goes before connection tracking, so each has a table of its own.
      {{"/proc/net/ip_masquerade"}, {"-Mn", "-Men", "-M --json", "-M --csv"}},
      {{"/proc/net/nf_conntrack"},
       {"--source=proc -Mn", "--source=proc -Men", "--source=proc -M4n", "--source=proc -M6 --json",
        "--source=proc -M --csv"}},
  };
  return conntrail::fuzz::run_tables(kTables, data, size);
}
