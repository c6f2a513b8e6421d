// What a sink hears of records that nothing is left of: each as it stays, whatever comes late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "lives.h"

namespace conntrail::track::script {
namespace {

// The last word on each record.
class Ends final : public ChangeSink {
 public:
  void on_change(const Change& change) override { static_cast<void>(change); }
  void on_gone(const Connection& connection) override {
    EXPECT_TRUE(connection.gone);
    ++calls;
    portraits[connection.id] = portrait(connection);
  }
  std::map<std::uint64_t, std::string> portraits;
  int calls = 0;
};

struct Watched {
  Ends ends;
  Tracker tracker{ends};
  void play(const Life& events) {
    for (const SocketEvent& event : events) tracker.apply(event);
  }
  void expect_all_told() {
    tracker.for_each([&](const Connection& c) {
      if (c.gone) {
        EXPECT_EQ(ends.portraits[c.id], portrait(c));
      } else {
        EXPECT_FALSE(ends.portraits.contains(c.id)) << c.id << " lives";
      }
    });
  }
};

TEST(Gone, an_ended_connection_is_told_once) {
  Watched watched;
  watched.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 600));
  EXPECT_EQ(watched.ends.calls, 1);
  watched.expect_all_told();
}

TEST(Gone, a_time_wait_socket_lives_on) {
  Watched watched;
  watched.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 500));
  EXPECT_EQ(watched.ends.calls, 0);
  watched.tracker.apply(time_wait_scope(61 * kSecond, 61 * kSecond + 10), {});
  watched.tracker.apply(time_wait_scope(62 * kSecond, 62 * kSecond + 10), {});
  EXPECT_EQ(watched.ends.calls, 1);
  watched.expect_all_told();
}

TEST(Gone, a_reset_that_comes_behind_the_end_is_told) {
  Watched watched;
  watched.play(connects(kClient, kCurl, 100));
  watched.play({Ev(kClient, established, close).at(500).by(kCurl).shut(3).final()});
  watched.play({Ev(kClient, EventKind::reset_sent, close, close).at(501).by(kCurl)});
  EXPECT_EQ(watched.ends.calls, 2);
  watched.expect_all_told();
}

TEST(Gone, a_loss_that_marks_it_is_told) {
  Watched watched;
  watched.play(connects(kClient, kCurl, 100) + closes_second(kClient, kCurl, 500, 600));
  watched.tracker.apply_loss(3, us(550), us(700));
  EXPECT_EQ(watched.ends.calls, 2);
  watched.expect_all_told();
}

}  // namespace
}  // namespace conntrail::track::script
