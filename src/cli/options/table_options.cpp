#include "options/table_options.h"

namespace conntrail::cli {

TableOptions::Added TableOptions::add_to(CommandLine& line, const TableHelp& help) {
  const auto sorted = line.add("--sort", sort, help.sort_value, help.sort);
  const auto chosen = line.add("--columns", columns, "NAMES", help.columns);
  const auto as_csv = line.add_flag("--csv", csv, "comma-separated values, RFC 4180");
  line.add_flag("--no-header", no_header, "no header line");
  line.exclude(as_csv, add_json(line, json));
  return {sorted, chosen};
}

CommandLine::Option add_json(CommandLine& line, bool& json) {
  return line.add_flag("--json", json, "one JSON object per line (docs/records.md)");
}

}  // namespace conntrail::cli
