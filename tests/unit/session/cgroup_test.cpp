#include "conntrail/session/cgroup.h"

#include <gtest/gtest.h>

namespace conntrail::session {
namespace {

class Silent final : public track::ChangeSink {
 public:
  void on_change(const Change& /*change*/) override {}
};

SocketRow row(std::uint64_t cookie, std::uint64_t cgroup, SocketKind kind = SocketKind::full) {
  SocketRow result;
  result.cookie = cookie;
  result.cgroup_id = cgroup;
  result.kind = kind;
  result.state = kind == SocketKind::time_wait ? TcpState::time_wait
                 : kind == SocketKind::request ? TcpState::syn_recv
                                               : TcpState::established;
  result.tuple.netns = 1;
  result.tuple.family = Family::inet;
  result.tuple.local = {IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(1000 + cookie)};
  result.tuple.remote = {IpAddress::v4({127, 0, 0, 1}), 80};
  return result;
}

std::vector<std::uint64_t> cookies(const std::vector<SocketRow>& rows) {
  std::vector<std::uint64_t> result;
  for (const SocketRow& one : rows) result.push_back(one.cookie);
  return result;
}

// Knows the connection with cookie 5.
class Cgroups : public testing::Test {
 protected:
  Cgroups() {
    const std::vector<SocketRow> rows{row(5, 7)};
    tracker_.apply(scope_, rows);
  }
  Silent sink_;
  track::Tracker tracker_{sink_};
  SnapshotScope scope_;
};

TEST_F(Cgroups, NoneChosenLeavesEveryRow) {
  std::vector<SocketRow> rows{row(1, 0), row(2, 8)};
  ASSERT_TRUE(keep_cgroups({}, tracker_, scope_, rows));
  EXPECT_EQ(rows.size(), 2U);
}

TEST_F(Cgroups, OnlySocketsOfTheChosenOnesStay) {
  std::vector<SocketRow> rows{row(1, 7), row(2, 8), row(3, 9), row(4, 70)};
  ASSERT_TRUE(keep_cgroups({7, 9}, tracker_, scope_, rows));
  EXPECT_EQ(cookies(rows), (std::vector<std::uint64_t>{1, 3}));
}

TEST_F(Cgroups, SmallSocketsBelongToTheirConnection) {
  std::vector<SocketRow> rows{row(5, 0, SocketKind::time_wait), row(6, 0, SocketKind::time_wait),
                              row(5, 0, SocketKind::request), row(0, 0, SocketKind::request)};
  ASSERT_TRUE(keep_cgroups({7}, tracker_, scope_, rows));
  EXPECT_EQ(cookies(rows), (std::vector<std::uint64_t>{5, 5}));
}

TEST_F(Cgroups, ASourceThatDoesNotTellIsAnError) {
  std::vector<SocketRow> rows{row(1, 7), row(2, 0)};
  const auto kept = keep_cgroups({7}, tracker_, scope_, rows);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind, ErrorKind::unsupported);
  rows.clear();
  scope_.has_cookies = false;  // /proc/net
  EXPECT_FALSE(keep_cgroups({7}, tracker_, scope_, rows));
}

TEST_F(Cgroups, AResetOfASmallSocketNeedsAKnownConnection) {
  SocketEvent reset;
  reset.kind = EventKind::reset_sent;
  reset.from = TcpState::time_wait;
  reset.cookie = 5;
  EXPECT_TRUE(is_known_or_full(tracker_, reset));
  reset.cookie = 6;
  EXPECT_FALSE(is_known_or_full(tracker_, reset));
  reset.from = TcpState::syn_recv;
  EXPECT_FALSE(is_known_or_full(tracker_, reset));
  reset.from = TcpState::established;
  EXPECT_TRUE(is_known_or_full(tracker_, reset)) << "the kernel has looked at the socket's cgroup";
  reset.kind = EventKind::state;
  reset.from = TcpState::syn_recv;
  EXPECT_TRUE(is_known_or_full(tracker_, reset));
}

TEST(CgroupNames, AreIdsOrDirectoriesOfCgroup2) {
  EXPECT_EQ(choose_cgroups({"4242", "1"}).value(), (std::vector<std::uint64_t>{4242, 1}));
  EXPECT_TRUE(choose_cgroups({}).value().empty());
  for (const char* const wrong : {"/proc", "/dev", "/no/such/cgroup", "0", "-1", "/etc/passwd"}) {
    const auto ids = choose_cgroups({wrong});
    ASSERT_FALSE(ids) << wrong;
    EXPECT_EQ(ids.error().kind, ErrorKind::usage);
    EXPECT_FALSE(cgroup_id(wrong)) << wrong;
  }
  EXPECT_FALSE(choose_cgroups(std::vector<std::string>(17, "1"))) << "more than the kernel's filter holds";
}

}  // namespace
}  // namespace conntrail::session
