// Many, too many, and impossible things.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "lives.h"

namespace conntrail::track::script {
namespace {

Socket numbered(std::uint64_t i) {
  const auto low = static_cast<std::uint16_t>(1 + i % 60'000);
  const std::string host = "2001:db8:1234:5678:9abc:def0:" + std::to_string(1000 + i / 60'000) + ":ffff";
  return socket(1000 + i, host, low, "2001:db8:1234:5678:9abc:def0:1234:5678", 443);
}

// Counts, so that a stage of many connections keeps no lines.
class Counter : public ChangeSink {
 public:
  void on_change(const Change& change) override {
    if (std::holds_alternative<Transition>(change)) ++transitions;
    if (std::holds_alternative<End>(change)) ++ends;
  }
  std::size_t transitions = 0;
  std::size_t ends = 0;
};

TEST(Bounds, twelve_thousand_open_at_once) {
  Counter sink;
  Tracker tracker(sink);
  constexpr std::uint64_t kMany = 12'000;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    for (const SocketEvent& e : connects(numbered(i), kCurl, 100 + static_cast<std::int64_t>(i)))
      tracker.apply(e);
  }
  EXPECT_EQ(tracker.live_count(), kMany);
  for (std::uint64_t i = 0; i < kMany; ++i) {
    const Connection* c = tracker.find_by_cookie(1000 + i);
    ASSERT_NE(c, nullptr);
    ASSERT_EQ(c->state, established);
    ASSERT_EQ(c->tuple, numbered(i).tuple);
  }
  std::uint64_t last = 0;
  tracker.for_each([&](const Connection& c) {
    EXPECT_GT(c.id, last);
    last = c.id;
  });
  for (std::uint64_t i = 0; i < kMany; ++i) {
    for (const SocketEvent& e : closes_second(numbered(i), kCurl, 50'000, 60'000)) tracker.apply(e);
  }
  EXPECT_EQ(tracker.live_count(), 0U);
  EXPECT_EQ(sink.ends, kMany);
  EXPECT_EQ(sink.transitions, 5 * kMany);
}

TEST(Bounds, gone_records_stay_within_their_budget) {
  Counter sink;
  Limits limits;
  limits.ended_bytes = 100'000;
  Tracker tracker(sink, limits);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    for (const SocketEvent& e :
         connects(numbered(i), kCurl, 100) + closes_second(numbered(i), kCurl, 500, 600)) {
      tracker.apply(e);
    }
  }
  std::size_t kept = 0;
  std::uint64_t first = ~std::uint64_t{0};
  tracker.for_each([&](const Connection& c) {
    ++kept;
    first = std::min(first, c.id);
  });
  EXPECT_GT(kept, 20U);
  EXPECT_LT(kept * sizeof(Connection), limits.ended_bytes);
  EXPECT_EQ(tracker.counters().let_go, 5000 - kept);
  EXPECT_EQ(first, 5000 - kept + 1) << "the oldest went first";
  for (const SocketEvent& e : connects(numbered(9000), kCurl, 100)) tracker.apply(e);
  EXPECT_EQ(tracker.live_count(), 1U);
}

TEST(Bounds, no_budget_at_all) {
  Counter sink;
  Limits limits;
  limits.ended_bytes = 0;
  Tracker tracker(sink, limits);
  for (const SocketEvent& e : connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 500) +
                                  connects(kClient, kCurl, 700'000)) {
    tracker.apply(e);
  }
  tracker.apply(time_wait_scope(2 * kSecond, 2 * kSecond), {});
  EXPECT_EQ(tracker.live_count(), 1U);
  std::size_t all = 0;
  tracker.for_each([&](const Connection&) { ++all; });
  EXPECT_EQ(all, 1U);
  EXPECT_EQ(tracker.counters().let_go, 1U) << "the last one that goes counts too";
}

TEST(Bounds, ended_with_a_living_time_wait_socket_is_live) {
  Limits limits;
  limits.ended_bytes = 0;
  Stage stage(limits);
  stage.play(connects(kClient, kCurl, 100) + closes_at_once(kClient, kCurl, 500));
  EXPECT_TRUE(stage.get(12).ended);
  EXPECT_EQ(stage.tracker.live_count(), 1U);
}

TEST(Bounds, gone_come_after_living_each_by_id) {
  Stage stage;
  const Socket first = numbered(1), second = numbered(2), third = numbered(3);
  for (const Socket& s : {first, second, third}) stage.play(connects(s, kCurl, 100));
  stage.play(closes_second(second, kCurl, 200, 300) + closes_second(first, kCurl, 200, 400));
  std::vector<std::uint64_t> ids;
  stage.tracker.for_each([&](const Connection& c) { ids.push_back(c.id); });
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{3, 1, 2}));
}

TEST(Bounds, long_trails_lose_their_oldest_steps) {
  Limits limits;
  limits.trail_steps = 3;
  Stage stage(limits);
  stage.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 1000));
  EXPECT_EQ(stage.get(12).trail.size(), 3U);
  EXPECT_EQ(stage.get(12).trail_dropped, 2U);
  EXPECT_EQ(stage.get(12).trail.back().state, close);
  EXPECT_FALSE(stage.get(12).gap);
}

TEST(Bounds, nonsense_is_ignored) {
  Stage stage;
  Socket none = kClient;
  none.cookie = 0;
  stage.play({Ev(none, close, syn_sent).at(1).by(kCurl), Ev(none, EventKind::destroy, close, close).at(2),
              Ev(none, EventKind::retransmit, established, established).at(3),
              Ev(kClient, established, established).at(4), Ev(kClient, established, unknown).at(5),
              Ev(kClient, EventKind::destroy, close, close).at(6),
              Ev(kClient, EventKind::reset_sent, established, established).at(7),
              Ev(none, listen, syn_recv).at(8).incomplete_clone_of(none)});
  EXPECT_EQ(stage.tracker.live_count(), 0U);
  EXPECT_EQ(stage.diary.all(),
            (std::vector<std::string>{"0: retransmit #1 in ESTABLISHED", "0: reset sent by nobody"}));
}

// Anything at all, for a long time: no crash (sanitizers watch), counts that agree, bounded memory.
TEST(Bounds, random_events_rows_and_losses) {
  std::mt19937_64 random(42);
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  for (int run = 0; run < 30; ++run) {
    Counter sink;
    Limits limits;
    limits.ended_bytes = pick(2) == 0 ? 20'000 : 2'000'000;
    limits.trail_steps = pick(8);
    Tracker tracker(sink, limits);
    std::int64_t now = 1000;
    const auto any_socket = [&] {
      const auto port = static_cast<std::uint16_t>(pick(4));
      Socket s =
          socket(pick(12), pick(2) == 0 ? "127.0.0.1" : "::1", port, pick(3) == 0 ? "" : "127.0.0.1", 80);
      s.sk = pick(5);
      s.tuple.netns = kNetns + static_cast<std::uint32_t>(pick(2));
      return s;
    };
    const auto any_state = [&] { return static_cast<TcpState>(pick(kTcpStateCount)); };
    for (int step = 0; step < 2000; ++step) {
      now += static_cast<std::int64_t>(pick(2'000'000));
      const std::uint64_t what = pick(40);
      if (what < 30) {
        Ev e(any_socket(), static_cast<EventKind>(1 + pick(7)), any_state(), any_state());
        e.at(now - static_cast<std::int64_t>(pick(3) == 0 ? pick(5'000'000) : 0))
            .shut(static_cast<int>(pick(4)));
        if (pick(2) == 0) e.by(kCurl);
        if (pick(3) == 0) e.error(static_cast<int>(pick(130)));
        if (pick(2) == 0) e.done();
        if (pick(2) == 0) e.final();
        if (pick(2) == 0) e.dead();
        if (pick(3) == 0) e.bucket(static_cast<std::uint32_t>(pick(3)), static_cast<std::uint32_t>(pick(3)));
        SocketEvent event = e;
        event.clone_incomplete = pick(10) == 0;
        tracker.apply(event);
      } else if (what < 36) {
        SnapshotScope s = scope(now - static_cast<std::int64_t>(pick(3'000'000)), now);
        s.time_wait_only = pick(2) == 0;
        s.has_cookies = pick(4) != 0;
        s.emit_changes = pick(4) == 0;
        if (pick(2) == 0) s.namespaces.push_back(kNetns + 1);
        std::vector<SocketRow> rows;
        for (std::uint64_t i = pick(12); i > 0; --i) {
          SocketRow r = row(any_socket(), any_state());
          r.kind = static_cast<SocketKind>(pick(3));
          r.inode = pick(6);
          r.timer_left = Nanoseconds(static_cast<std::int64_t>(pick(70'000'000'000)));
          rows.push_back(r);
        }
        tracker.apply(s, rows);
      } else if (what == 36) {
        tracker.apply_loss(pick(5), us(now - 1000), us(now));
      } else if (what == 37) {
        std::vector<SocketHolder> holders;
        for (std::uint64_t i = pick(8); i > 0; --i) {
          holders.push_back({pick(6), pick(12), static_cast<std::uint32_t>(pick(4)), 3, 0, 0, "x"});
        }
        tracker.apply(holders, pick(2) == 0);
      } else {
        tracker.advance(us(now));
      }
      std::size_t living = 0;
      std::size_t all = 0;
      if (step % 100 == 0) {
        tracker.for_each([&](const Connection& c) {
          living += c.gone ? 0U : 1U;
          ++all;
          ASSERT_FALSE(c.trail.empty());
          ASSERT_EQ(c.trail.back().state, c.state);
          ASSERT_LE(c.trail.size(), std::max<std::size_t>(limits.trail_steps, 1));
        });
        ASSERT_EQ(living, tracker.live_count());
        ASSERT_EQ(tracker.counters().connections, all + tracker.counters().let_go);
      }
    }
    tracker.finish(us(now));
    EXPECT_EQ(sink.transitions, tracker.counters().transitions);
    EXPECT_EQ(sink.ends, tracker.counters().ended);
  }
}

}  // namespace
}  // namespace conntrail::track::script
