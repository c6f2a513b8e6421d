// The tables of families that kernels of today have no longer, or only as modules.
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
  };
  return conntrail::fuzz::run_tables(kTables, data, size);
}
