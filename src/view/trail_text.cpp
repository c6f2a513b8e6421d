#include "trail_text.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "durations.h"

namespace conntrail::view {
namespace {

constexpr std::string_view kBetween = " › ";
constexpr std::size_t kBetweenWidth = 3;
constexpr std::string_view kOlder = "…";
constexpr std::size_t kOlderWidth = 1;

bool is_present(const Connection& connection, std::size_t index) {
  return index + 1 == connection.trail.size() && !connection.trail[index].left.known();
}

std::string step_text(const Connection& connection, std::size_t index, MonoTime now) {
  const TrailStep& step = connection.trail[index];
  std::string out(tcp_state_name(step.state));
  std::optional<Nanoseconds> time = time_in_step(step);
  if (is_present(connection, index)) {
    // CLOSE as the end of all has no duration; CLOSE with a descriptor still open has one.
    const bool over = connection.gone || (connection.ended && step.state == TcpState::close);
    if (over || !now.known()) return out;
    if (step.entered.known()) time = std::max(now - step.entered, Nanoseconds(0));
  }
  out += ' ';
  out += time ? format_duration(*time) : "?";
  return out;
}

}  // namespace

std::string trail_text(const Connection& connection, const TrailOptions& options) {
  std::size_t count = connection.trail.size();
  if (!options.with_present && count > 0 && is_present(connection, count - 1)) --count;
  const bool older_dropped = connection.trail_dropped > 0;
  if (count == 0) return older_dropped && options.most > 0 ? std::string(kOlder) : std::string();

  // From the newest backwards, as many steps as fit together with the mark for those left out.
  std::vector<std::string> steps;
  std::size_t width = 0;
  for (std::size_t i = count; i-- > 0;) {
    std::string step = step_text(connection, i, options.now);
    const std::size_t step_width = display_width(step) + (steps.empty() ? 0 : kBetweenWidth);
    const bool mark_needed = i > 0 || older_dropped;
    if (options.most != kNoLimit &&
        width + step_width + (mark_needed ? kOlderWidth + kBetweenWidth : 0) > options.most)
      break;
    width += step_width;
    steps.push_back(std::move(step));
  }
  std::string out;
  if (steps.size() < count || older_dropped) {
    if (options.most == 0) return out;
    out += kOlder;
    if (!steps.empty()) out += kBetween;
  }
  for (std::size_t i = steps.size(); i-- > 0;) {
    out += steps[i];
    if (i > 0) out += kBetween;
  }
  return out;
}

std::string trail_text(const Connection& connection, MonoTime now) {
  return trail_text(connection, TrailOptions{.now = now});
}

}  // namespace conntrail::view
