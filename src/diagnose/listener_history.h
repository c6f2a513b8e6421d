// ListenerHistory: one listener over the samples of the interval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose {

struct ListenerHistory {
  static constexpr std::uint32_t kSomeWait = 3;
  std::uint32_t netns = 0;
  const ListenerSample* newest = nullptr;
  std::size_t samples = 0;
  std::size_t full_samples = 0;     // accept queue beyond its limit: the next connection is turned away
  std::size_t filling_samples = 0;  // at 80 % of it or more
  std::uint32_t most_waiting = 0;   // in the accept queue
  std::uint32_t first_waiting = 0;  // in the first sample
  bool fell = false;                // fewer waited in one sample than in the one before
  MonoTime waiting_since;           // the first of the newest samples that all had kSomeWait or more
  MonoTime last;                    // the newest sample
  std::uint32_t most_half_open = 0;
  std::uint32_t drops = 0;     // in the interval
  bool is_filled_now = false;  // at 80 % or more in the last sample

  // sk_acceptq_is_full(): only beyond the limit, so a backlog of 4 takes 5.
  [[nodiscard]] static bool is_full(const ListenerSample& sample) {
    return sample.accept_queue > sample.backlog;
  }
};

[[nodiscard]] std::vector<ListenerHistory> listener_histories(const Evidence& evidence);

}  // namespace conntrail::diagnose
