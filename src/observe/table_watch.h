// TableWatch: what living connections did between the looks at the whole table: whether their queues drain,
// and whether one in CLOSE_WAIT still sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "conntrail/diagnose/diagnose.h"
#include "conntrail/track/tracker.h"

namespace conntrail::observe {

class TableWatch {
 public:
  // After each snapshot of the whole table, at its time.
  void look(const track::Tracker& tracker, MonoTime time);
  void give(diagnose::Evidence& to) const;

 private:
  // As the look before saw it.
  struct State {
    TcpState state = TcpState::unknown;
    std::int64_t receive_queue = 0;
    std::int64_t send_queue = 0;
    bool counted = false;   // its statistics were read
    std::int64_t read = 0;  // octets that the process took
    std::int64_t sent = 0;
    diagnose::Watched watched;
  };
  static State state_of(const Connection& connection);
  static void compare(const State& before, MonoTime time, State& now);

  std::unordered_map<std::uint64_t, State> states_;  // by id
  std::size_t looks_ = 0;
  MonoTime last_look_;
};

}  // namespace conntrail::observe
