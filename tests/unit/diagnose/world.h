// World: a host made up for a test: connections with a past, and samples of its counters at both ends of an
// interval.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose::test {

inline constexpr std::uint32_t kNetns = 4026531840;
inline constexpr std::string_view kHere = "10.0.0.1";
inline constexpr std::string_view kThere = "10.0.0.2";

struct Process {
  std::uint32_t pid = 0;
  std::string_view comm;
};
inline constexpr Process kClient{812, "loadgen"};
inline constexpr Process kServer{77, "webserver"};

// Times of a test are seconds; the interval begins at 0.
[[nodiscard]] MonoTime at(double seconds);

class World {
 public:
  explicit World(double interval_s = 10);

  // A connection, with addresses and owner; its past is added by the functions below or by hand.
  Connection& active(const Process& process, std::uint16_t local_port, std::string_view remote,
                     std::uint16_t remote_port, std::string_view local = kHere);
  Connection& passive(const Process& process, std::uint16_t local_port, std::string_view remote,
                      std::uint16_t remote_port, std::string_view local = kHere);
  Connection& listener(const Process& process, std::uint16_t port, std::uint32_t backlog);

  // Settings and gauges hold in both samples; a counter grows by `by` within the interval.
  void set(std::string_view name, std::int64_t value);
  void count(std::string_view name, std::int64_t by);
  // The queue of the listener on `port`, at both samples.
  void queue(std::uint16_t port, std::uint32_t before, std::uint32_t after, std::uint32_t half_open = 0,
             std::uint32_t drops = 0);
  // What successive looks at the table showed of it.
  void watch(const Connection& connection, const Watched& watched) { watched_[connection.id] = watched; }
  void without_samples() { without_samples_ = true; }
  void snapshots_only() { events_ = false; }
  void lose(std::uint64_t events) { lost_ = events; }

  [[nodiscard]] double interval() const { return interval_s_; }
  // Valid as long as the world.
  [[nodiscard]] Evidence evidence() const;

 private:
  double interval_s_;
  std::deque<Connection> connections_;
  std::map<std::string, std::int64_t> first_;
  std::map<std::string, std::int64_t> last_;
  std::unordered_map<std::uint64_t, Watched> watched_;
  std::vector<ListenerSample> first_listeners_;
  std::vector<ListenerSample> last_listeners_;
  bool without_samples_ = false;
  bool events_ = true;
  std::uint64_t lost_ = 0;
};

// Pasts.
void establish(Connection& c, double opened_s, double established_s);
// Closed by this side, TIME_WAIT after the peer's FIN; over when the interval's end is later than its timer.
void close_first(Connection& c, double closed_s, double now_s);
// A new connection took over its addresses while it was in TIME_WAIT.
void be_reused(Connection& c, double when_s);
// Closed by the peer first: nothing is left here.
void close_second(Connection& c, double closed_s);
// The peer has closed, this side has not.
void leave_in_close_wait(Connection& c, double since_s);
// Closed by this side, and the peer does not close.
void wait_in_fin_wait2(Connection& c, double closed_s);
void fail(Connection& c, double opened_s, double closed_s, EndReason reason, int error);
// connect() found no local port.
void fail_without_port(Connection& c, double opened_s);
void wait_in_syn_sent(Connection& c, double opened_s, std::uint32_t retransmits);
void reset(Connection& c, double closed_s, bool by_us, std::optional<std::uint32_t> reason = std::nullopt);
void send(Connection& c, std::uint32_t segments, std::uint32_t retransmits);

[[nodiscard]] const Finding* find(const std::vector<Finding>& findings, std::string_view id);
// Ids of those above info, as "topic/id".
[[nodiscard]] std::set<std::string> complaints(const std::vector<Finding>& findings);
[[nodiscard]] double number(const Finding& finding, std::string_view key);
[[nodiscard]] std::string word(const Finding& finding, std::string_view key);
[[nodiscard]] bool has(const Finding& finding, std::string_view key);

}  // namespace conntrail::diagnose::test
