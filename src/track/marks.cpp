#include "marks.h"

#include <algorithm>

namespace conntrail::track {
namespace {

bool is_retransmit(const Mark& mark) {
  return mark.kind == MarkKind::retransmit || mark.kind == MarkKind::syn_retransmit;
}

}  // namespace

void add_mark(Connection& connection, const Mark& mark) {
  auto& marks = connection.marks;
  const auto place = std::ranges::upper_bound(marks, mark.time, {}, &Mark::time);
  marks.insert(place, mark);
  if (marks.size() <= kMostMarks) return;
  const auto latest = std::find_if(marks.rbegin(), marks.rend(), is_retransmit);
  marks.erase(latest == marks.rend() ? std::prev(marks.end()) : std::prev(latest.base()));
  ++connection.marks_dropped;
}

}  // namespace conntrail::track
