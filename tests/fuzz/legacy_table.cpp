// The tables of sockets and routes of families that kernels of today have no longer, or only as modules.
#include "table_run.h"

using conntrail::fuzz::Table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Table> kTables{
      {{"/proc/net/ax25"}, {"--ax25 -n"}},
      {{"/proc/net/nr"}, {"--netrom -n"}},
      {{"/proc/net/rose"}, {"--rose -n"}},
      {{"/proc/net/x25"}, {"--x25 -n", "--x25 -an"}},
      {{"/proc/net/ipx/socket"}, {"--ipx -n", "--ipx -en"}},
      {{"/proc/net/ipx"}, {"--ipx -en"}},
      {{"/proc/net/ax25_route"}, {"--ax25 -rn", "--ax25 -r --json", "--ax25 -r --csv"}},
      {{"/proc/net/nr_nodes", "/proc/net/nr_neigh"}, {"--netrom -rn", "--netrom -r --json"}},
      {{"/proc/net/rose_nodes", "/proc/net/rose_neigh"}, {"--rose -rn", "--rose -r --json"}},
      {{"/proc/net/ipx/route"}, {"--ipx -rn", "--ipx -r --json"}},
      {{"/proc/net/ipx_route"}, {"--ipx -rn"}},
      {{"/proc/net/x25/route"}, {"--x25 -rn", "--x25 -r --json"}},
      {{"/proc/net/x25_routes"}, {"--x25 -rn"}},
      {{"/proc/net/atalk_route"}, {"--ddp -rn", "--ddp -r --csv"}},
  };
  return conntrail::fuzz::run_tables(kTables, data, size);
}
