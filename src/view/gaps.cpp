// What a history lacks.
#include <string>

#include "conntrail/base/json_writer.h"
#include "conntrail/base/text.h"
#include "conntrail/view/history.h"

namespace conntrail::view {

void append_gap_json(std::string& out, const Gap& gap) {
  JsonWriter json(out);
  json.raw(R"({"type":"gap","from":)");
  json.time(gap.from_ns);
  json.raw(R"(,"to":)");
  json.time(gap.to_ns);
  json.raw(R"(,"cause":)");
  json.string(gap.cause);
  if (gap.count != 0) {
    json.raw(R"(,"count":)");
    json.number(gap.count);
  }
  json.raw("}\n");
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
