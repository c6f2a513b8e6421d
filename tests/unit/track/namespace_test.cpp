// A network namespace is its cookie: the kernel gives the inode number of one that is gone to the next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lives.h"
#include "script.h"

namespace conntrail::track::script {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kOld = 41;
constexpr std::uint64_t kNew = 42;

Socket in(std::uint64_t netns_cookie, Socket socket) {
  socket.tuple.netns_cookie = netns_cookie;
  return socket;
}

SnapshotScope scope_of(std::uint64_t netns_cookie, std::int64_t started, std::int64_t finished) {
  SnapshotScope s = scope(started, finished);
  s.cookies = {{kNetns, netns_cookie}};
  return s;
}

class RecycledNamespace : public testing::Test {
 protected:
  // Its time-wait socket waits for 60 s.
  void SetUp() override {
    const Socket gone = in(kOld, kClient);
    stage.play(connects(gone, kCurl, 100));
    stage.play({Ev(gone, established, fin_wait1).at(1000).by(kCurl), Ev(gone, fin_wait1, fin_wait2).at(1020),
                Ev(gone, fin_wait2, close).at(1500).done().bucket(3, 4096)});
    ASSERT_EQ(stage.get(12).state, time_wait);
    stage.diary.forget();
  }
  [[nodiscard]] static Socket namesake(std::uint64_t netns_cookie) {
    Socket next = kClient;
    next.cookie = 99;
    return in(netns_cookie, next);
  }
  Stage stage;
};

TEST_F(RecycledNamespace, ItsAddressesAreNotThoseOfTheOneBefore) {
  stage.play(connects(namesake(kNew), kCurl, 5000));
  EXPECT_THAT(stage.diary.of(12), IsEmpty());
  EXPECT_EQ(stage.get(12).state, time_wait);
}

TEST_F(RecycledNamespace, AddressesOfTheSameOneAreReused) {
  stage.play(connects(namesake(kOld), kCurl, 5000));
  EXPECT_TRUE(stage.get(12).gone);
}

// Kernels before 5.12, and rows of a namespace that cannot be entered.
TEST_F(RecycledNamespace, WithoutACookieTheNumberHasToDo) {
  stage.play(connects(namesake(0), kCurl, 5000));
  EXPECT_TRUE(stage.get(12).gone);
}

TEST_F(RecycledNamespace, ALookAtItShowsThatTheOneBeforeIsGone) {
  stage.look(scope_of(kNew, 10'000, 10'100), {row(namesake(kNew), established)});
  EXPECT_TRUE(stage.get(12).gone);
  EXPECT_EQ(stage.get(99).state, established);
  EXPECT_EQ(stage.get(99).tuple.netns_cookie, kNew);
}

TEST_F(RecycledNamespace, ListenersOfTheOneBeforeHaveNoChildrenInIt) {
  stage.play({Ev(in(kOld, kListener), close, listen).at(2000).by(kNginx)});
  stage.play(is_accepted(in(kNew, kServer), 5000));
  EXPECT_FALSE(stage.get(13).owner.known());
}

TEST_F(RecycledNamespace, ListenersOfTheSameOneHave) {
  stage.play({Ev(in(kOld, kListener), close, listen).at(2000).by(kNginx)});
  stage.play(is_accepted(in(kOld, kServer), 5000));
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
}

TEST(NamespaceCookie, IsLearnedFromWhoeverTellsIt) {
  Stage stage;
  stage.look(scope(10, 20), {row(kClient, established)});
  EXPECT_EQ(stage.get(12).tuple.netns_cookie, 0U);
  stage.look(scope_of(kNew, 30, 40), {row(in(kNew, kClient), established)});
  EXPECT_EQ(stage.get(12).tuple.netns_cookie, kNew);
  stage.look(scope(50, 60), {row(kClient, established)});
  EXPECT_EQ(stage.get(12).tuple.netns_cookie, kNew);
}

}  // namespace
}  // namespace conntrail::track::script
