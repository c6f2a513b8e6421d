// An event stream limited to one network namespace, and what came out of it.
//
// Before Linux 6.15 a child's first event (LISTEN>SYN_RECV) carries its listener's cookie. The collector
// gives it the child's, told by the socket's address from the next event, and keeps the listener's in
// clones().
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "conntrail/kernel/event_stream.h"

namespace conntrail::test {

class Collector {
 public:
  // Opens; throws std::runtime_error with the error's text.
  explicit Collector(std::uint32_t netns, kernel::StreamOptions options = {});

  // Takes events in until `enough` says so or the time is over; then the answer of `enough`.
  bool wait(const std::function<bool()>& enough, std::chrono::milliseconds limit = std::chrono::seconds(10));
  // Takes in what comes within the time, for tests that expect nothing more.
  void settle(std::chrono::milliseconds time = std::chrono::milliseconds(150));

  [[nodiscard]] std::vector<SocketEvent> of(std::uint64_t cookie) const;
  [[nodiscard]] std::vector<SocketEvent> of(EventKind kind) const;
  // "CLOSE>SYN_SENT SYN_SENT>ESTABLISHED … destroy": transitions and the destroy event of one socket.
  [[nodiscard]] std::string trail(std::uint64_t cookie) const;
  bool wait_trail(std::uint64_t cookie, const std::string& expected);

  struct Clone {
    std::uint64_t listener = 0;
    std::uint64_t child = 0;
  };
  [[nodiscard]] const std::vector<Clone>& clones() const { return clones_; }

  [[nodiscard]] const std::vector<SocketEvent>& events() const { return events_; }
  // Those that say everything about their socket: without the first events of children before Linux 6.15,
  // which no filter can judge.
  [[nodiscard]] std::size_t complete_events() const;
  [[nodiscard]] kernel::EventStream& stream() { return stream_; }

 private:
  void give_clones_their_cookies();

  kernel::EventStream stream_;
  std::vector<SocketEvent> events_;
  std::vector<Clone> clones_;
};

}  // namespace conntrail::test
