// TimeWaitWatch: which records have, or may have, a time-wait socket, and when a look at them would give
// news.
//
// What a look after the end finds is nothing, whether the socket expired or was killed long before. So each
// time-wait socket is looked at once more shortly before its time, unless a table has shown it then anyway.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "conntrail/model/time_wait_count.h"
#include "record_table.h"

namespace conntrail::track {

// How long before its time a socket is looked at once more.
inline constexpr Nanoseconds kLastLook{1'000'000'000};

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
  // How many of these records each network namespace has.
  [[nodiscard]] std::vector<TimeWaitCount> counts() const { return namespaces_; }

 private:
  std::size_t& count(Watch watch) { return counts_[static_cast<std::size_t>(watch)]; }
  [[nodiscard]] std::size_t count(Watch watch) const { return counts_[static_cast<std::size_t>(watch)]; }

  void leave(std::uint32_t netns);

  static constexpr Nanoseconds kPause{250'000'000};
  static constexpr MonoTime kNever{std::numeric_limits<std::int64_t>::max()};

  std::vector<std::uint32_t> slots_;
  std::vector<TimeWaitCount> namespaces_;  // few: searched from the front
  std::array<std::size_t, kWatchCount> counts_{};
  MonoTime next_due_ = kNever;  // no timed record is due, or wants its last look, before it
};

}  // namespace conntrail::track
