// The tables of sockets and groups that kernels of today have.
#include "table_run.h"

using conntrail::fuzz::Table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Table> kTables{
      {{"/proc/net/tcp", "/proc/net/tcp6"},
       {"--source=proc -tan", "--source=proc -tn", "--source=proc -tln", "--source=proc -taneoW"}},
      {{"/proc/net/udp", "/proc/net/udp6"},
       {"--source=proc -uan", "--source=proc -un", "--source=proc -uln", "--source=proc -uaneoW"}},
      {{"/proc/net/raw", "/proc/net/raw6"}, {"-wan", "-wn", "-wln", "-waneoW"}},
      {{"/proc/net/udplite", "/proc/net/udplite6"}, {"-Uan", "-Uaneo"}},
      {{"/proc/net/unix"}, {"-xa", "-x", "-xl"}},
      {{"/proc/net/sctp/eps", "/proc/net/sctp/assocs"}, {"-San", "-Sn", "-Sln", "-SaneoW"}},
      {{"/proc/net/igmp", "/proc/net/igmp6"}, {"-gn", "-4gn", "-6gn"}},
  };
  return conntrail::fuzz::run_tables(kTables, data, size);
}
