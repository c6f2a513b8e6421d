// What a history lacks.
#include <string>

#include "conntrail/base/json_object.h"
#include "conntrail/base/text.h"
#include "conntrail/view/history.h"

namespace conntrail::view {

void append_gap_json(std::string& out, const Gap& gap) {
  JsonWriter json(out);
  JsonObject line(json);
  line.text("type", "gap");
  line.time("from", gap.from_ns);
  line.time("to", gap.to_ns);
  line.text("cause", gap.cause);
  if (gap.count != 0) line.number("count", gap.count);
  line.end();
  json.raw("\n");
}

std::string gap_text(const Gap& gap) {
  std::string out = printable(gap.cause);
  out += " from ";
  append_local_date_time_us(out, gap.from_ns);
  out += " for ";
  out += format_duration(Nanoseconds(gap.to_ns - gap.from_ns));
  if (gap.count != 0) out += " (" + std::to_string(gap.count) + ")";
  return out;
}

}  // namespace conntrail::view
