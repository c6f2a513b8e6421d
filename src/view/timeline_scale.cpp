#include "timeline_scale.h"

#include <algorithm>
#include <cmath>

namespace conntrail::view {
namespace {

// The present state's end is `now`; a connection that is gone stays in CLOSE for no time.
MonoTime end_of(const Connection& connection, std::size_t index, MonoTime now) {
  const TrailStep& step = connection.trail[index];
  if (step.left.known() || index + 1 < connection.trail.size()) return step.left;
  return now;
}

bool is_over(const Connection& connection, std::size_t index) {
  const TrailStep& step = connection.trail[index];
  return index + 1 == connection.trail.size() && !step.left.known() &&
         (connection.gone || (connection.ended && step.state == TcpState::close));
}

// A share of the bar: every state has one, and ten times the time is a constant more.
double weight_of(const Bar& bar) {
  constexpr double kLeast = 0.5;
  if (bar.over) return kLeast;
  if (!bar.time) return 1;
  const double microseconds = static_cast<double>(bar.time->count()) / 1e3;
  return kLeast + std::log10(1 + microseconds);
}

}  // namespace

std::vector<Bar> bars_of(const Connection& connection, MonoTime now, std::size_t columns) {
  std::vector<Bar> bars;
  double total = 0;
  for (std::size_t i = 0; i < connection.trail.size(); ++i) {
    Bar bar;
    bar.over = is_over(connection, i);
    const MonoTime begin = connection.trail[i].entered;
    const MonoTime end = end_of(connection, i, now);
    if (!bar.over && begin.known() && end.known()) bar.time = std::max(end - begin, Nanoseconds(0));
    total += weight_of(bar);
    bars.push_back(bar);
  }
  double before = 0;
  const auto place = [&](double weight) {
    return static_cast<std::size_t>(std::lround(weight / total * static_cast<double>(columns)));
  };
  for (Bar& bar : bars) {
    bar.begin = std::min(place(before), columns - 1);
    before += weight_of(bar);
    bar.end = std::max(place(before), bar.begin + 1);
  }
  return bars;
}

std::optional<std::size_t> column_of(const Connection& connection, const std::vector<Bar>& bars,
                                     MonoTime time, MonoTime now) {
  for (std::size_t i = bars.size(); i-- > 0;) {
    const MonoTime begin = connection.trail[i].entered;
    if (!begin.known() || time < begin) continue;
    const Bar& bar = bars[i];
    const std::int64_t length = (end_of(connection, i, now) - begin).count();
    if (bar.over || length <= 0) return bar.begin;
    const double share = static_cast<double>((time - begin).count()) / static_cast<double>(length);
    const auto within = static_cast<std::size_t>(share * static_cast<double>(bar.end - bar.begin));
    return std::min(bar.begin + within, bar.end - 1);
  }
  return std::nullopt;
}

}  // namespace conntrail::view
