#include "conntrail/recorder/history_range.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "conntrail/base/clock.h"
#include "conntrail/base/moment.h"

namespace conntrail::recorder {
namespace {

Result<std::optional<std::int64_t>> parse_time_option(const std::string& name, const std::string& text,
                                                      std::int64_t now_ns) {
  if (text.empty()) return std::nullopt;
  auto moment = parse_moment(text, now_ns);
  if (!moment) {
    Error error = moment.error();
    error.what = name + ": " + error.what;
    return std::unexpected(std::move(error));
  }
  return *moment;
}

}  // namespace

Result<store::Condition> to_condition(const HistoryRange& range, const filter::Filter& filter) {
  const std::int64_t now_ns = WallClock::measure().real_ns(mono_now());
  const auto since = parse_time_option("--since", range.since, now_ns);
  if (!since) return std::unexpected(since.error());
  const auto until = parse_time_option("--until", range.until, now_ns);
  if (!until) return std::unexpected(until.error());
  const std::optional<std::int64_t>& first = *since;
  const std::optional<std::int64_t>& last = *until;
  if (first && last && *first >= *last)
    return fail_usage("--since is not before --until", {}, "turn them round");
  const filter::KernelCondition known = filter.kernel_condition();
  return store::Condition{first, last, known.remote_prefixes, known.local_ports, known.remote_ports, false};
}

}  // namespace conntrail::recorder
