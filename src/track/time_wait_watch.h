// TimeWaitWatch: which records have, or may have, a time-wait socket, and when a look at them would give
// news.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "record_table.h"

namespace conntrail::track {

class TimeWaitWatch {
 public:
  void set(RecordTable& records, Record& record, Watch watch);
  // Those whose timer is due by `now` become overdue, their exit is expected.
  void advance(RecordTable& records, MonoTime now);
  [[nodiscard]] bool needs_check(MonoTime now) const;
  // Whether any waits in substate FIN_WAIT2 for its peer's FIN.
  [[nodiscard]] bool any_waiting() const { return count(Watch::waiting) > 0; }
  [[nodiscard]] const std::vector<std::uint32_t>& slots() const { return slots_; }
  // The network namespaces that these records are in, each once.
  [[nodiscard]] std::vector<std::uint32_t> namespaces() const;

 private:
  std::size_t& count(Watch watch) { return counts_[static_cast<std::size_t>(watch)]; }
  [[nodiscard]] std::size_t count(Watch watch) const { return counts_[static_cast<std::size_t>(watch)]; }

  void leave(std::uint32_t netns);

  static constexpr Nanoseconds kPause{250'000'000};
  static constexpr MonoTime kNever{std::numeric_limits<std::int64_t>::max()};

  struct NamespaceCount {
    std::uint32_t netns = 0;
    std::size_t records = 0;
  };

  std::vector<std::uint32_t> slots_;
  std::vector<NamespaceCount> namespaces_;  // few: searched from the front
  std::array<std::size_t, kWatchCount> counts_{};
  MonoTime next_due_ = kNever;  // no timed record is due before it
};

}  // namespace conntrail::track
