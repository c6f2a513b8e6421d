// The record must not depend on when a snapshot is merged or in which order events are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <random>

#include "lives.h"

namespace conntrail::track::script {
namespace {

// A life and what the kernel's tables show of it. Moments are the gaps between events: moment k is after k
// events; one more follows when the time-wait socket gets the peer's FIN.
struct Script {
  std::string name;
  Socket socket;
  Life life;
  std::optional<std::int64_t> silent_fin;  // FIN_WAIT2 → TIME_WAIT inside the time-wait socket
  bool any_order = true;                   // false: the clone of an old kernel is known by the order only
};

std::vector<Script> scripts() {
  const Life opened = connects(kClient, kCurl, 1000);
  return {
      {"closes first", kClient, opened + closes_first(kClient, kCurl, 3000), 5000},
      {"closes first, no fin yet", kClient, opened + closes_first(kClient, kCurl, 3000), std::nullopt},
      {"half-closes", kClient, opened + half_closes(kClient, kCurl, 3000, 4000, 9000), std::nullopt},
      {"closes second", kClient, opened + closes_second(kClient, kWorker, 3000, 4000), std::nullopt},
      {"closes at once", kClient, opened + closes_at_once(kClient, kCurl, 3000), std::nullopt},
      {"is accepted", kServer, is_accepted(kServer, 1000) + closes_second(kServer, kNginx, 3000, 4000),
       std::nullopt},
      {"is accepted, closes first", kServer, is_accepted(kServer, 1000) + closes_first(kServer, kNginx, 3000),
       5000},
      {"is accepted, before 6.15", kServer,
       is_accepted_incomplete(kServer, kListener, 1000) + closes_second(kServer, kNginx, 3000, 4000),
       std::nullopt, false},
      {"is reset", kClient,
       opened + Life{Ev(kClient, established, close).at(3000).error(ECONNRESET),
                     Ev(kClient, EventKind::destroy, close, close).at(6000).by(kCurl).dead().shut(3)},
       std::nullopt},
      {"is refused", kClient,
       Life{Ev(kClient, close, syn_sent).at(1000).by(kCurl).unbound(),
            Ev(kClient, syn_sent, close).at(2000).by(kCurl).error(ECONNREFUSED),
            Ev(kClient, EventKind::destroy, close, close).at(3000).by(kCurl).dead().shut(3)},
       std::nullopt},
  };
}

std::int64_t time_of(const SocketEvent& event) { return (event.time.ns - kBoot) / 1000; }

class Timeline {
 public:
  explicit Timeline(const Script& script) : script_(script) {}

  [[nodiscard]] std::size_t moments() const { return script_.life.size() + (script_.silent_fin ? 2 : 1); }
  // A time within the gap.
  [[nodiscard]] std::int64_t at(std::size_t moment) const {
    if (moment == 0) return time_of(script_.life.front()) - 3;
    if (moment > script_.life.size()) return script_.silent_fin.value_or(0) + 3;
    return time_of(script_.life[moment - 1]) + 1;
  }
  // What the tables show in the gap, its timer as seen at `finished`.
  [[nodiscard]] std::vector<SocketRow> rows(std::size_t moment, std::int64_t finished) const {
    TcpState state = unknown;
    std::optional<std::int64_t> handed_over;
    bool fin = false;
    for (std::size_t i = 0; i < std::min(moment, script_.life.size()); ++i) {
      const SocketEvent& e = script_.life[i];
      if (e.kind != EventKind::state) continue;
      if (e.to == close && e.tw_count) {
        handed_over = time_of(e);
        fin = e.sock_done;
      }
      state = e.to;
    }
    if (handed_over && moment > script_.life.size()) {
      handed_over = script_.silent_fin;
      fin = true;
    }
    if (handed_over) {
      const std::int64_t left = *handed_over + 60 * kSecond - finished;
      return {time_wait_row(script_.socket, fin ? time_wait : fin_wait2, std::chrono::microseconds(left))};
    }
    if (state == unknown || state == close) return {};
    return {row(script_.socket, state)};
  }

 private:
  const Script& script_;
};

void finish(Stage& stage, const Script& script) {
  const Timeline timeline(script);
  const std::int64_t t = 10'000;
  stage.tracker.advance(us(11 * kSecond));
  stage.look(time_wait_scope(t, t), timeline.rows(timeline.moments() - 1, t));
}

// An end that was told before all was known, and its correction, say together what an end told later says.
std::vector<std::string> corrected(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  std::size_t end = 0;
  for (const std::string& line : lines) {
    if (!line.starts_with("correction ")) {
      if (line.starts_with("end ")) end = out.size();
      out.push_back(line);
      continue;
    }
    std::string& told = out.at(end);
    told = "end " + line.substr(line.find(' ') + 1) + told.substr(told.find(" ["));
  }
  return out;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  lines = corrected(lines);
  std::ranges::sort(lines);
  return lines;
}

TEST(Order, snapshot_at_any_time_merged_at_any_time) {
  std::size_t runs = 0;
  for (const Script& script : scripts()) {
    const Timeline timeline(script);
    Stage plain;
    plain.play(script.life);
    finish(plain, script);
    const std::string wanted = portrait(plain.get(script.socket.cookie));
    const auto lines = sorted(plain.diary.of(script.socket.cookie));
    for (std::size_t read = 0; read < timeline.moments(); ++read) {
      for (std::size_t start = 0; start <= read; ++start) {
        for (std::size_t end = read; end < timeline.moments(); ++end) {
          for (std::size_t merged = 0; merged <= script.life.size(); ++merged) {
            const SnapshotScope s = scope(timeline.at(start) - 1, timeline.at(end) + 1);
            const auto rows = timeline.rows(read, timeline.at(end) + 1);
            Stage stage;
            for (std::size_t i = 0; i <= script.life.size(); ++i) {
              if (i == merged) stage.look(s, rows);
              if (i < script.life.size()) stage.play({script.life[i]});
            }
            finish(stage, script);
            ++runs;
            const std::string what = script.name + ": read " + std::to_string(read) + " in [" +
                                     std::to_string(start) + ", " + std::to_string(end) + "], merged " +
                                     std::to_string(merged);
            ASSERT_EQ(portrait(stage.get(script.socket.cookie)), wanted) << what;
            ASSERT_EQ(stage.count(script.socket.cookie), 1U) << what;
            ASSERT_EQ(sorted(stage.diary.of(script.socket.cookie)), lines) << what;
          }
        }
      }
    }
  }
  EXPECT_GT(runs, 3000U);
}

// After a loss the snapshot is the news: lines may come from it instead of the event, but never twice.
TEST(Order, snapshot_after_a_loss_tells_nothing_twice) {
  for (const Script& script : scripts()) {
    if (!script.any_order) continue;  // a clone is forgotten at a loss
    const Timeline timeline(script);
    for (std::size_t read = 0; read < timeline.moments(); ++read) {
      for (std::size_t merged = 0; merged <= script.life.size(); ++merged) {
        const std::int64_t t = timeline.at(read);
        Stage stage;
        for (std::size_t i = 0; i <= script.life.size(); ++i) {
          if (i == merged) {
            stage.tracker.apply_loss(1, us(500), us(t));
            stage.look(scope(t, t + 1), timeline.rows(read, t + 1));
          }
          if (i < script.life.size()) stage.play({script.life[i]});
        }
        finish(stage, script);
        const std::string what =
            script.name + ": read " + std::to_string(read) + ", merged " + std::to_string(merged);
        std::vector<std::string> steps;
        for (const std::string& line : corrected(stage.diary.of(script.socket.cookie))) {
          const std::size_t arrow = line.find("> ");  // "FROM > TO @…", "end …": each state and the end once
          steps.push_back(arrow == std::string::npos ? line.substr(0, 3)
                                                     : line.substr(arrow + 2, line.find(" @") - arrow - 2));
        }
        std::ranges::sort(steps);
        EXPECT_EQ(std::ranges::adjacent_find(steps), steps.end())
            << what << ": " << testing::PrintToString(steps);
        const Connection& c = stage.get(script.socket.cookie);
        EXPECT_EQ(stage.count(script.socket.cookie), 1U) << what;
        Stage plain;
        plain.play(script.life);
        finish(plain, script);
        const Connection& w = plain.get(script.socket.cookie);
        EXPECT_EQ(c.state, w.state) << what;
        EXPECT_EQ(c.end_reason, w.end_reason) << what;
        EXPECT_EQ(c.closed, w.closed) << what;
        EXPECT_EQ(c.trail, w.trail) << what;
        EXPECT_EQ(c.gone, w.gone) << what;
      }
    }
  }
}

// Events of one socket, read in any order: the same record in the end.
TEST(Order, state_events_in_any_order) {
  for (const Script& script : scripts()) {
    if (!script.any_order) continue;
    Life states;
    for (const SocketEvent& e : script.life) {
      if (e.kind == EventKind::state) states.push_back(e);
    }
    Stage plain;
    plain.play(states);
    plain.tracker.finish(us(9000));
    const std::string wanted = portrait(plain.get(script.socket.cookie));
    std::vector<std::size_t> order(states.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      Stage stage;
      for (const std::size_t i : order) stage.play({states[i]});
      stage.tracker.finish(us(9000));
      const Connection& c = stage.get(script.socket.cookie);
      // That its end came before its beginning was a gap when the end was told.
      Connection without_gap = c;
      without_gap.gap = false;
      ASSERT_EQ(portrait(without_gap), wanted) << script.name << " " << testing::PrintToString(order);
      ASSERT_EQ(stage.count(script.socket.cookie), 1U);
    } while (std::ranges::next_permutation(order).found);
  }
}

// Different CPUs' events of different sockets, in any order that keeps each socket's own. The server's last
// event is caused by the client's time-wait socket, which acknowledges its FIN: it comes behind the client's.
TEST(Order, sockets_do_not_disturb_each_other) {
  const Life listener = listens(kListener, kNginx, 1);
  const Socket other_client = socket(22, "::1", 5000, "::1", 80);
  const std::vector<Life> lives = {
      connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000),
      is_accepted(kServer, 210) + closes_second(kServer, kNginx, 1010, 1500),
      connects(other_client, kWorker, 50) + closes_at_once(other_client, kWorker, 700),
  };
  Stage plain;
  plain.play(listener);
  for (const Life& life : lives) plain.play(life);
  std::mt19937 random(20'261'120);
  for (int run = 0; run < 2000; ++run) {
    std::vector<std::size_t> turns;
    for (std::size_t i = 0; i < lives.size(); ++i) turns.insert(turns.end(), lives[i].size(), i);
    std::ranges::shuffle(turns, random);
    const auto servers_last = std::find(turns.rbegin(), turns.rend(), std::size_t{1});
    std::rotate(servers_last.base() - 1, servers_last.base(), turns.end());
    std::vector<std::size_t> next(lives.size());
    Stage stage;
    stage.play(listener);
    for (const std::size_t turn : turns) stage.play({lives[turn][next[turn]++]});
    for (const std::uint64_t cookie : {7U, 12U, 13U, 22U}) {
      ASSERT_EQ(portrait(stage.get(cookie)), portrait(plain.get(cookie)));
      ASSERT_EQ(stage.diary.of(cookie), plain.diary.of(cookie));
    }
  }
}

}  // namespace
}  // namespace conntrail::track::script
