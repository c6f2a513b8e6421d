#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "conntrail/view/table.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

std::vector<std::uint64_t> sorted_ids(std::string_view keys, const std::vector<Connection>& connections,
                                      MonoTime now) {
  auto list = pointers(connections);
  sort_connections(list, parse_sort(keys).value(), now);
  std::vector<std::uint64_t> ids;
  ids.reserve(list.size());
  for (const Connection* c : list) ids.push_back(c->id);
  return ids;
}

using Ids = std::vector<std::uint64_t>;
const MonoTime kNow = kNoon + 300s;

// For each column: what makes a record smaller (id 1) and larger (id 2); a third (id 3) does not have the
// value.
struct Case {
  std::string_view key;
  std::function<void(Connection&)> smaller;
  std::function<void(Connection&)> larger;
  bool can_be_unknown = true;
};

std::vector<Case> cases() {
  const auto stats = [](auto set) {
    return [set](Connection& c) {
      c.stats.emplace();
      set(*c.stats);
    };
  };
  const auto time_wait_until = [](Nanoseconds left) {
    return [left](Connection& c) {
      c.time_wait = true;
      c.time_wait_expires = kNow + left;
    };
  };
  const auto connected_in = [](Nanoseconds time) {
    return [time](Connection& c) {
      c.direction = Direction::active;
      c.opened = kNoon;
      c.established = kNoon + time;
    };
  };
  const auto with_holders = [](std::size_t count) {
    return [count](Connection& c) { c.holders.resize(count); };
  };
  const auto with_steps = [](std::size_t count) { return [count](Connection& c) { c.trail.resize(count); }; };
  const auto ended_with = [](EndReason reason) {
    return [reason](Connection& c) {
      c.ended = true;
      c.end_reason = reason;
    };
  };
  return {
      {"netns", [](Connection& c) { c.tuple.netns = 9; }, [](Connection& c) { c.tuple.netns = 10; }},
      {"cookie", [](Connection& c) { c.cookie = 9; }, [](Connection& c) { c.cookie = UINT64_MAX; }},
      {"inode", [](Connection& c) { c.inode = 9; }, [](Connection& c) { c.inode = 10; }},
      {"family", [](Connection& c) { c.tuple.family = Family::inet; },
       [](Connection& c) { c.tuple.family = Family::inet6; }},
      {"direction", [](Connection& c) { c.direction = Direction::active; },
       [](Connection& c) { c.direction = Direction::passive; }},
      {"state", [](Connection& c) { c.state = TcpState::close; },
       [](Connection& c) { c.state = TcpState::established; }},
      {"age", [](Connection& c) { c.state_since = kNow - 9s; },
       [](Connection& c) { c.state_since = kNow - 10s; }},
      {"owner", [](Connection& c) { c.owner = owner("nginx", 90, OwnerSource::fd); },
       [](Connection& c) { c.owner = owner("nginx", 812, OwnerSource::fd); }},
      {"title", [](Connection& c) { c.title = "a"; }, [](Connection& c) { c.title = "b"; }},
      {"uid", [](Connection& c) { c.owner.has_uid = true; },
       [](Connection& c) {
         c.owner.has_uid = true;
         c.owner.uid = 10;
       }},
      {"cgroup", [](Connection& c) { c.owner.cgroup_id = 9; }, [](Connection& c) { c.owner.cgroup_id = 10; }},
      {"local", [](Connection& c) { c.tuple.local = endpoint("9.0.0.1", 90); },
       [](Connection& c) { c.tuple.local = endpoint("10.0.0.1", 80); }},
      {"remote", [](Connection& c) { c.tuple.remote = endpoint("10.0.0.1", 90); },
       [](Connection& c) { c.tuple.remote = endpoint("10.0.0.1", 8080); }},
      {"recvq", [](Connection& c) { c.receive_queue = 9; }, [](Connection& c) { c.receive_queue = 10; },
       false},
      {"sendq", [](Connection& c) { c.send_queue = 9; }, [](Connection& c) { c.send_queue = 10; }, false},
      {"backlog", [](Connection& c) { c.backlog = 9; }, [](Connection& c) { c.backlog = 10; }},
      {"retransmits", [](Connection& c) { c.retransmits = 9; }, [](Connection& c) { c.retransmits = 10; },
       false},
      {"syn_retransmits", [](Connection& c) { c.syn_retransmits = 9; },
       [](Connection& c) { c.syn_retransmits = 10; }, false},
      {"bytes_sent", stats([](SocketStats& s) { s.bytes_sent = 9; }),
       stats([](SocketStats& s) { s.bytes_sent = 10; })},
      {"bytes_received", stats([](SocketStats& s) { s.bytes_received = 9; }),
       stats([](SocketStats& s) { s.bytes_received = 10; })},
      {"rtt", stats([](SocketStats& s) { s.srtt_us = 9; }), stats([](SocketStats& s) { s.srtt_us = 10; })},
      {"min_rtt", stats([](SocketStats& s) { s.min_rtt_us = 0; }),
       stats([](SocketStats& s) { s.min_rtt_us = 10; })},
      {"opened", [](Connection& c) { c.opened = kNoon; }, [](Connection& c) { c.opened = kNoon + 1s; }},
      {"closed", [](Connection& c) { c.closed = kNoon; }, [](Connection& c) { c.closed = kNoon + 1s; }},
      {"connect", connected_in(9ms), connected_in(10ms)},
      {"duration", [](Connection& c) { c.opened = kNow - 9s; }, [](Connection& c) { c.opened = kNow - 10s; }},
      {"left", time_wait_until(9s), time_wait_until(10s)},
      {"error", [](Connection& c) { c.error = ECONNREFUSED; }, [](Connection& c) { c.error = ETIMEDOUT; }},
      {"reason", ended_with(EndReason::refused), ended_with(EndReason::timeout)},
      {"holders", with_holders(9), with_holders(10), false},
      {"trail", with_steps(9), with_steps(10), false},
  };
}

TEST(Sort, EveryColumnByItsOwnKindOfValue) {
  const auto all_cases = cases();
  // All but the id, by which the cases themselves are told apart.
  ASSERT_EQ(all_cases.size() + 1, connection_columns().size());
  for (const Case& test : all_cases) {
    SCOPED_TRACE(test.key);
    Connection smaller;
    smaller.id = 1;
    test.smaller(smaller);
    Connection larger;
    larger.id = 2;
    test.larger(larger);
    Connection without;
    without.id = 3;
    const std::string key(test.key);
    EXPECT_EQ(sorted_ids(key, {larger, smaller}, kNow), (Ids{1, 2}));
    EXPECT_EQ(sorted_ids("-" + key, {smaller, larger}, kNow), (Ids{2, 1}));
    if (!test.can_be_unknown) continue;
    EXPECT_EQ(sorted_ids(key, {without, larger, smaller}, kNow), (Ids{1, 2, 3}));
    EXPECT_EQ(sorted_ids("-" + key, {without, smaller, larger}, kNow), (Ids{2, 1, 3}));
  }
}

TEST(Sort, EqualOnesKeepTheirOrderInBothDirections) {
  std::vector<Connection> connections;
  for (std::uint64_t id = 1; id <= 40; ++id) {
    Connection c = established_client();
    c.id = id;
    c.retransmits = id % 2 == 0 ? 1 : 0;
    connections.push_back(c);
  }
  for (const char* keys : {"retransmits", "-retransmits"}) {
    const Ids ids = sorted_ids(keys, connections, kNow);
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.begin() + 20)) << keys;
    EXPECT_TRUE(std::is_sorted(ids.begin() + 20, ids.end())) << keys;
  }
}

TEST(Sort, LaterKeysDecideAmongEquals) {
  std::vector<Connection> connections(3, established_client());
  for (std::uint64_t i = 0; i < 3; ++i) connections[i].id = i + 1;
  connections[0].retransmits = 5;
  connections[1].tuple.remote = endpoint("10.0.0.1", 1);
  EXPECT_EQ(sorted_ids("remote,-retransmits", connections, kNow), (Ids{2, 1, 3}));
}

TEST(Sort, NoKeysNoChange) {
  const auto connections = all();
  auto list = pointers(connections);
  const auto before = list;
  sort_connections(list, {}, kNow);
  EXPECT_EQ(list, before);
}

}  // namespace
}  // namespace conntrail::view
