#include "options/range_options.h"

namespace conntrail::cli {

void RangeOptions::add_place_to(CommandLine& line) {
  const auto database =
      line.add("--db", place.database, "FILE", "the database to read (default: the recorder's own)");
  const auto capture = line.add("--from", place.capture, "FILE", "read this capture instead");
  line.exclude(database, capture, {}, "name a database or a capture");
}

void RangeOptions::add_to(CommandLine& line) {
  add_place_to(line);
  line.add("--since", range.since, "TIME",
           "open at or after this time: -10m, 14:30, yesterday 14:30, RFC 3339");
  line.add("--until", range.until, "TIME", "opened before this time");
}

}  // namespace conntrail::cli
