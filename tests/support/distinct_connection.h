// A connection in which every field has a value of its own, to find out which field a stored form forgets. A
// field that is added to Connection is filled by its kind; one of a new kind wants a function here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "conntrail/base/member_count.h"
#include "conntrail/model/connection.h"

namespace conntrail::test {

class Distinct {
 public:
  void fill(Connection& connection) {
    std::apply([&](const auto&... field) { (fill(connection.*field.member), ...); }, kConnectionFields);
  }

  template <class Number>
  requires std::is_arithmetic_v<Number>
  void fill(Number& number) { number = static_cast<Number>(next()); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void fill(Enum& value) { value = static_cast<Enum>(2); }
  void fill(std::string& text) { text = "text " + std::to_string(next()); }
  void fill(MonoTime& time) { time = {kFirstTime + next()}; }
  template <class Value>
  void fill(std::optional<Value>& value) {
    fill(value.emplace());
  }
  void fill(IpAddress& address) { address = IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(next())}); }
  void fill(Endpoint& endpoint) {
    endpoint.address = IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(next())});
    fill(endpoint.port);
  }
  void fill(FourTuple& tuple) {
    static_assert(member_count<FourTuple>() == 5, "fill the new member of FourTuple here");
    fill(tuple.netns);
    tuple.family = Family::inet;
    fill(tuple.local);
    fill(tuple.remote);
    fill(tuple.netns_cookie);
  }
  void fill(Owner& owner) {
    static_assert(member_count<Owner>() == 6, "fill the new member of Owner here");
    fill(owner.pid);
    fill(owner.uid);
    fill(owner.cgroup_id);
    fill(owner.comm);
    fill(owner.source);
    fill(owner.has_uid);
  }
  void fill(SocketStats& stats) {
    static_assert(member_count<SocketStats>() == 8, "fill the new member of SocketStats here");
    fill(stats.bytes_sent);
    fill(stats.bytes_received);
    fill(stats.bytes_retransmitted);
    fill(stats.segments_out);
    fill(stats.segments_in);
    fill(stats.retransmits);
    fill(stats.srtt_us);
    fill(stats.min_rtt_us);
  }
  void fill(std::vector<Holder>& holders) {
    static_assert(member_count<Holder>() == 3, "fill the new member of Holder here");
    Holder& holder = holders.emplace_back();
    fill(holder.pid);
    fill(holder.fd);
    fill(holder.comm);
  }
  void fill(std::vector<TrailStep>& trail) {
    static_assert(member_count<TrailStep>() == 3, "fill the new member of TrailStep here");
    TrailStep& step = trail.emplace_back();
    fill(step.state);
    fill(step.entered);
    fill(step.left);
  }
  void fill(std::vector<Mark>& marks) {
    static_assert(member_count<Mark>() == 4, "fill the new member of Mark here");
    Mark& mark = marks.emplace_back();
    mark.kind = MarkKind::owner;  // the one that has PIDs
    fill(mark.time);
    fill(mark.from_pid);
    fill(mark.to_pid);
  }

 private:
  static constexpr std::int64_t kFirstTime = 1'000'000'000'000;
  int next() { return ++last_; }  // small: it must be an errno, a port and the end of an address, too
  int last_ = 100;
};

[[nodiscard]] inline Connection distinct_connection() {
  Connection connection;
  Distinct().fill(connection);
  return connection;
}

// Calls `visit` with the name of each field and its value in each of two connections.
template <class Visit>
void for_each_pair(const Connection& one, const Connection& other, Visit visit) {
  std::apply([&](const auto&... field) { (visit(field.name, one.*field.member, other.*field.member), ...); },
             kConnectionFields);
}

}  // namespace conntrail::test
