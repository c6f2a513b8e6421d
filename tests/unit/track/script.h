// A small language for what a kernel tells about sockets, so that a test reads like the life it describes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/track/tracker.h"

namespace conntrail::track::script {

using enum TcpState;

// Test times are microseconds after an arbitrary boot.
inline constexpr std::int64_t kBoot = 1'000'000'000'000;
inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::uint32_t kNetns = 4026531840;
constexpr MonoTime us(std::int64_t time) { return {kBoot + time * 1000}; }

struct Task {
  std::uint32_t pid = 0;
  std::string_view comm;
  std::uint32_t uid = 1000;
};
inline constexpr Task kCurl{100, "curl"};
inline constexpr Task kNginx{200, "nginx"};
inline constexpr Task kWorker{201, "nginx-worker"};
inline constexpr Task kIdle{0, "swapper/1", 0};     // what a softirq interrupts
inline constexpr Task kBystander{999, "innocent"};  // the same, worse

struct Socket {
  std::uint64_t cookie = 0;
  FourTuple tuple;
  std::uint64_t sk = 0;
};
FourTuple tuple(std::string_view local, std::uint16_t local_port, std::string_view remote,
                std::uint16_t remote_port,
                Family family = Family::unspecified);  // unspecified: as the local address looks
Socket socket(std::uint64_t cookie, std::string_view local, std::uint16_t local_port,
              std::string_view remote = {}, std::uint16_t remote_port = 0,
              Family family = Family::unspecified);

// One event; by default it runs in a softirq that interrupted a bystander.
class Ev {
 public:
  Ev(const Socket& socket, EventKind kind, TcpState from, TcpState to);
  Ev(const Socket& socket, TcpState from, TcpState to) : Ev(socket, EventKind::state, from, to) {}
  Ev& at(std::int64_t time) { return e_.time = us(time), *this; }
  Ev& by(const Task& task);       // in process context, holding the socket's lock
  Ev& running(const Task& task);  // the task that happened to run
  Ev& error(int number) { return e_.error = static_cast<std::uint16_t>(number), *this; }
  Ev& done() { return e_.sock_done = true, *this; }
  Ev& dead() { return e_.sock_dead = true, *this; }
  Ev& final() { return e_.final_close = true, *this; }
  Ev& shut(int how) { return e_.shutdown = static_cast<std::uint8_t>(how), *this; }
  Ev& bucket(std::uint32_t count, std::uint32_t most) { return e_.tw_count = count, e_.tw_max = most, *this; }
  Ev& unbound() { return e_.tuple.local.port = 0, *this; }
  Ev& stats(const SocketStats& stats) { return e_.stats = stats, *this; }
  Ev& repair() { return e_.repair = true, *this; }
  Ev& dying_of(int signal) { return e_.exit_signal = static_cast<std::uint8_t>(signal), *this; }
  Ev& soft_error(int number) { return e_.soft_error = static_cast<std::uint16_t>(number), *this; }
  Ev& sent_again(std::uint32_t total) { return e_.total_retransmits = total, *this; }
  Ev& handshake(std::uint32_t us) { return e_.handshake_us = us, *this; }
  Ev& incomplete_clone_of(const Socket& listener);
  operator SocketEvent() const { return e_; }  // NOLINT(google-explicit-constructor): reads like an event

 private:
  SocketEvent e_;
};

// Rows.
SocketRow row(const Socket& socket, TcpState state);
SocketRow time_wait_row(const Socket& socket, TcpState substate, Nanoseconds left);
SnapshotScope scope(std::int64_t started, std::int64_t finished);            // everything, complete
SnapshotScope time_wait_scope(std::int64_t started, std::int64_t finished);  // time-wait sockets only

// Writes down every change as one line: "12: SYN_SENT > ESTABLISHED @250 after 50 [curl/100 connect]".
class Diary : public ChangeSink {
 public:
  void on_change(const Change& change) override;
  // The lines about one record; 0 = about all, and about none.
  [[nodiscard]] std::vector<std::string> of(std::uint64_t cookie) const;
  [[nodiscard]] std::vector<std::string> all() const;
  void forget() { lines_.clear(); }

 private:
  struct Line {
    std::uint64_t cookie;
    std::string text;
  };
  std::vector<Line> lines_;
};

// The record as text: everything a view can show, one fact a line, for comparison.
std::string portrait(const Connection& connection);

struct Stage {
  explicit Stage(Limits limits = {}) : tracker(diary, limits) {}
  Diary diary;
  Tracker tracker;

  void play(const std::vector<SocketEvent>& events) {
    for (const SocketEvent& event : events) tracker.apply(event);
  }
  void look(const SnapshotScope& scope, const std::vector<SocketRow>& rows) { tracker.apply(scope, rows); }
  // The newest record of the cookie, living or remembered.
  [[nodiscard]] const Connection* find(std::uint64_t cookie) const;
  [[nodiscard]] const Connection& get(std::uint64_t cookie) const;  // fails the test when there is none
  [[nodiscard]] std::size_t count(std::uint64_t cookie) const;      // records of that cookie
};

}  // namespace conntrail::track::script
