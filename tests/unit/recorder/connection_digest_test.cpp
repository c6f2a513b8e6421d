// A field that changes makes another row, so it makes another digest.
#include "connection_digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "distinct_connection.h"

namespace conntrail::recorder {
namespace {

TEST(ConnectionDigest, EveryFieldCountsButThoseThatSayNothingNew) {
  constexpr std::array<std::string_view, 3> kSayNothing{"id", "cookie", "last_event"};
  const std::uint64_t before = digest_of(Connection{});
  const auto change_one = [&](const auto& field) {
    Connection changed;
    conntrail::test::Distinct().fill(changed.*field.member);
    const bool counts = std::ranges::find(kSayNothing, field.name) == kSayNothing.end();
    EXPECT_EQ(digest_of(changed) != before, counts) << field.name;
  };
  std::apply([&](const auto&... field) { (change_one(field), ...); }, kConnectionFields);
}

// Changes one member of what `of` finds in a connection and expects another digest.
template <class Of, class... Member>
void expect_all_count(Of of, Member... member) {
  const Connection usual = conntrail::test::distinct_connection();
  const auto change_one = [&](auto each) {
    Connection changed = usual;
    auto& value = of(changed).*each;
    value = {};
    EXPECT_NE(digest_of(changed), digest_of(usual))
        << "at value " << ::testing::PrintToString(of(usual).*each);
  };
  (change_one(member), ...);
}

TEST(ConnectionDigest, EveryStatisticCounts) {
  static_assert(member_count<SocketStats>() == 8, "name the new statistic here and in connection_digest.cpp");
  expect_all_count(
      [](auto& c) -> auto& { return *c.stats; }, &SocketStats::bytes_sent, &SocketStats::bytes_received,
      &SocketStats::bytes_retransmitted, &SocketStats::segments_out, &SocketStats::segments_in,
      &SocketStats::retransmits, &SocketStats::srtt_us, &SocketStats::min_rtt_us);
}

TEST(ConnectionDigest, EverythingOfTheOwnerCounts) {
  static_assert(member_count<Owner>() == 6, "name the new member here and in connection_digest.cpp");
  expect_all_count(
      [](auto& c) -> auto& { return c.owner; }, &Owner::pid, &Owner::uid, &Owner::cgroup_id, &Owner::comm,
      &Owner::source, &Owner::has_uid);
}

}  // namespace
}  // namespace conntrail::recorder
