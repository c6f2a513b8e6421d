// history --group-by: services, several keys, IPv4 behind IPv6, and no listeners among the connections.
#include "conntrail/recorder/history_groups.h"

#include <gtest/gtest.h>

namespace conntrail::recorder {
namespace {

using store::HistoryRecord;
using namespace std::chrono_literals;

Endpoint at(std::string_view address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}

constexpr MonoTime kBegin{1'000'000'000'000};

// A history of what it is given. Groups are counted as the database counts them: listeners, too.
class Kept final : public HistorySource {
 public:
  Connection& add(Direction direction, const Endpoint& local, const Endpoint& remote, std::string comm,
                  EndReason reason = EndReason::normal) {
    HistoryRecord& record = records.emplace_back();
    Connection& c = record.connection;
    c.id = records.size();
    c.tuple = {1, local.address.family, local, remote};
    c.direction = direction;
    c.owner.comm = std::move(comm);
    c.owner.pid = 10;
    c.ended = true;
    c.end_reason = reason;
    c.opened = kBegin;
    c.closed = kBegin + 1s;
    record.seen = kBegin + 1s;
    return c;
  }
  Connection& listen(const Endpoint& local, std::string comm) {
    Connection& c = add(Direction::unknown, local, {}, std::move(comm));
    c.trail = {{TcpState::listen, kBegin, kBegin + 1s}};
    c.closed = kBegin + 1000s;
    return c;
  }

  Result<void> for_each(const store::Condition& condition, store::SortKey, bool,
                        const Visit& visit) override {
    for (const HistoryRecord& record : records) {
      const auto& ports = condition.remote_ports;
      if (!ports.empty() && std::ranges::find(ports, record.connection.tuple.remote.port) == ports.end())
        continue;
      if (!visit(record)) break;
    }
    return {};
  }
  Result<std::vector<Group>> group(const store::Condition&, store::GroupKey key) override {
    ++asked_for_counts;
    store::Groups groups;
    for (const HistoryRecord& record : records) store::count_in(groups, record, key);
    return store::largest_first(std::move(groups));
  }
  Result<std::vector<HistoryRecord>> top(const store::Condition&, store::SortKey, bool,
                                         std::size_t) override {
    return {};
  }
  Result<std::optional<HistoryRecord>> find(std::uint64_t) override { return std::nullopt; }
  Result<std::optional<HistoryRecord>> latest() override { return std::nullopt; }
  Result<std::vector<HistoryRecord>> find(const Ends&, std::size_t) override { return {}; }
  Result<std::vector<Gap>> gaps(std::optional<std::int64_t>, std::optional<std::int64_t>) override {
    return {};
  }
  ResetReasonNames reset_reasons(const HistoryRecord&) override { return {}; }
  std::optional<Error> damage() const override { return std::nullopt; }

  std::vector<HistoryRecord> records;
  int asked_for_counts = 0;
};

std::vector<Group> counted(Kept& source, const std::vector<std::string>& keys, GroupQuery query = {}) {
  for (const std::string& key : keys) query.by.push_back(parse_group_by(key).value());
  auto groups = count_groups(source, query);
  EXPECT_TRUE(groups.has_value());
  return groups ? *std::move(groups) : std::vector<Group>();
}

TEST(HistoryGroups, AServiceIsTheServersEndWhicheverSideSawIt) {
  Kept source;
  for (std::uint16_t i = 0; i < 3; ++i)  // of clients elsewhere
    source.add(Direction::passive, at("10.0.0.2", 8080),
               at("10.9.9.9", static_cast<std::uint16_t>(40000 + i)), "nginx");
  source.add(Direction::active, at("10.0.0.2", 50000), at("10.8.8.8", 5432), "app", EndReason::refused);
  source.add(Direction::active, at("10.0.0.2", 50001), at("10.8.8.8", 5432), "app", EndReason::no_port);
  source.add(Direction::active, at("10.0.0.2", 50002), at("10.8.8.8", 5432), "cron", EndReason::no_port);
  source.add(Direction::unknown, at("10.0.0.2", 50003), at("10.8.8.8", 5432),
             "old");  // opened before the start
  const auto groups = counted(source, {"service"});
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].value, "10.0.0.2:8080");
  EXPECT_EQ(groups[0].connections, 3U);
  EXPECT_EQ(groups[0].opened_by, "");
  EXPECT_EQ(groups[0].worst_reason, EndReason::unknown);
  EXPECT_EQ(groups[1].value, "10.8.8.8:5432");
  EXPECT_EQ(groups[1].connections, 3U);
  EXPECT_EQ(groups[1].failed, 3U);
  EXPECT_EQ(groups[1].worst_reason, EndReason::no_port);
  EXPECT_EQ(groups[1].opened_by, "app");
  EXPECT_EQ(groups[1].other_openers, 1U);
  EXPECT_EQ(groups[2].value, "");  // nobody knows who served
}

TEST(HistoryGroups, AConnectionWithBothEndsHereIsOneOfItsService) {
  Kept source;
  const Endpoint server = at("10.0.0.2", 8080);
  for (std::uint16_t i = 0; i < 5; ++i) {
    const Endpoint client = at("10.0.0.2", static_cast<std::uint16_t>(40000 + i));
    const bool server_first = i % 2 == 0;
    if (server_first) source.add(Direction::passive, at("::ffff:10.0.0.2", 8080), client, "java");
    source.add(Direction::active, client, server, "curl");
    if (!server_first) source.add(Direction::passive, server, client, "java");
  }
  source.add(Direction::active, at("10.0.0.2", 40000), server, "curl");  // the same ports, another connection
  source.add(Direction::passive, server, at("10.9.9.9", 40000), "java");  // a client elsewhere
  const auto groups = counted(source, {"service"});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].value, "10.0.0.2:8080");
  EXPECT_EQ(groups[0].connections, 7U);
  EXPECT_EQ(groups[0].opened_by, "curl");
}

TEST(HistoryGroups, TwoKeysAreOneGroupForEachPair) {
  Kept source;
  source.add(Direction::active, at("10.0.0.2", 50000), at("10.8.8.8", 5432), "app");
  source.add(Direction::active, at("10.0.0.2", 50001), at("10.8.8.8", 5432), "app");
  source.add(Direction::active, at("10.0.0.2", 50002), at("10.8.8.8", 5432), "cron");
  const auto groups = counted(source, {"service", "comm"});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].values, (std::vector<std::string>{"10.8.8.8:5432", "app"}));
  EXPECT_EQ(groups[0].connections, 2U);
  EXPECT_EQ(groups[1].values, (std::vector<std::string>{"10.8.8.8:5432", "cron"}));
}

TEST(HistoryGroups, AMappedAddressIsTheAddress) {
  Kept source;
  source.add(Direction::active, at("10.0.0.2", 50000), at("10.77.1.2", 80), "a");
  source.add(Direction::active, at("::ffff:10.0.0.2", 50001), at("::ffff:10.77.1.2", 80), "b");
  source.add(Direction::active, at("fe80::2", 50001), at("fe80::1", 80), "b");
  for (const bool kept : {true, false}) {
    GroupQuery query;
    if (!kept) query.matches = [](const HistoryRecord&) { return true; };
    const auto groups = counted(source, {"remote_addr"}, query);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].value, "10.77.1.2");
    EXPECT_EQ(groups[0].connections, 2U);
    EXPECT_EQ(groups[1].value, "fe80::1");
  }
}

TEST(HistoryGroups, ListenersAreNoConnectionsUnlessAskedFor) {
  Kept source;
  source.listen(at("0.0.0.0", 80), "nginx");
  source.add(Direction::passive, at("10.0.0.2", 80), at("10.9.9.9", 40000), "nginx");
  for (const bool kept : {true, false}) {
    GroupQuery query;
    if (!kept) query.matches = [](const HistoryRecord&) { return true; };
    auto groups = counted(source, {"local_addr"}, query);
    ASSERT_EQ(groups.size(), 1U) << kept;
    EXPECT_EQ(groups[0].value, "10.0.0.2");
    groups = counted(source, {"comm"}, query);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].connections, 1U);
    EXPECT_EQ(groups[0].durations, 1U);
    EXPECT_EQ(groups[0].duration_sum, 1s);  // not the listener's
    query.listeners = true;
    groups = counted(source, {"comm"}, query);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].connections, 2U);
  }
}

// Millions of rows are not looked at where the recorder has counted.
TEST(HistoryGroups, OneKeyComesFromTheKeptCounts) {
  Kept source;
  source.add(Direction::active, at("10.0.0.2", 50000), at("10.77.1.2", 80), "a");
  (void)counted(source, {"comm"});
  EXPECT_EQ(source.asked_for_counts, 1);
  GroupQuery filtered;
  filtered.matches = [](const HistoryRecord& record) { return record.connection.owner.comm == "b"; };
  EXPECT_TRUE(counted(source, {"comm"}, filtered).empty());
  EXPECT_EQ(source.asked_for_counts, 1);
}

}  // namespace
}  // namespace conntrail::recorder
