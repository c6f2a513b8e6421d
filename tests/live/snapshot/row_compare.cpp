#include "row_compare.h"

#include <fmt/format.h>

#include <algorithm>

namespace conntrail::test {

namespace {

class Differ {
 public:
  explicit Differ(std::string name) : name_(std::move(name)) {}

  template <class T>
  void field(const char* what, const T& left, const T& right) {
    if (left != right) lines.push_back(fmt::format("{}: {} {} and {}", name_, what, left, right));
  }

  std::vector<std::string> lines;

 private:
  std::string name_;
};

std::vector<std::string> differences(const SocketRow& left, const SocketRow& right, Allowance allowance) {
  Differ differ(fmt::format("{} {}", name_of(left), tcp_state_name(left.state)));
  differ.field("name", name_of(left), name_of(right));
  differ.field("netns", left.tuple.netns, right.tuple.netns);
  differ.field("family", static_cast<int>(left.tuple.family), static_cast<int>(right.tuple.family));
  differ.field("kind", static_cast<int>(left.kind), static_cast<int>(right.kind));
  differ.field("state", tcp_state_name(left.state), tcp_state_name(right.state));
  differ.field("timer", static_cast<int>(left.timer), static_cast<int>(right.timer));
  differ.field("timer_raw", left.timer_raw, right.timer_raw);
  differ.field("inode", left.inode, right.inode);
  differ.field("uid", left.uid, right.uid);
  differ.field("receive_queue", left.receive_queue, right.receive_queue);
  differ.field("send_queue", left.send_queue, right.send_queue);
  differ.field("retransmits", left.retransmits, right.retransmits);
  differ.field("probes", left.probes, right.probes);
  if (!allowance.text_only) {
    differ.field("cookie", left.cookie, right.cookie);
    differ.field("backlog", left.backlog.value_or(~0U), right.backlog.value_or(~0U));
    differ.field("shutdown", left.shutdown, right.shutdown);
    differ.field("cgroup", left.cgroup_id, right.cgroup_id);
    differ.field("interface", left.interface, right.interface);
  }
  // The later snapshot has less time left, never more.
  const std::uint64_t most = left.timer_ticks;
  const std::uint64_t least = most - std::min(most, allowance.elapsed_ticks);
  if (right.timer_ticks > most || right.timer_ticks < least) {
    differ.field("timer_ticks", left.timer_ticks, right.timer_ticks);
  }
  // Ticks and duration are the same time; a tick is 10 ms.
  for (const SocketRow* row : {&left, &right}) {
    const auto ticks = static_cast<std::uint64_t>(row->timer_left.count() / 10'000'000);
    if (ticks != row->timer_ticks) differ.field("timer_left and timer_ticks", ticks, row->timer_ticks);
  }
  return std::move(differ.lines);
}

}  // namespace

std::string name_of(Protocol protocol, const FourTuple& tuple) {
  return fmt::format("{} {} {}", protocol == Protocol::tcp ? "tcp" : "udp", to_string(tuple.local),
                     to_string(tuple.remote));
}

std::string name_of(const SocketRow& row) { return name_of(row.protocol, row.tuple); }

std::vector<std::string> differences(const std::vector<SocketRow>& left, const std::vector<SocketRow>& right,
                                     Allowance allowance) {
  std::vector<std::string> lines;
  if (left.size() != right.size())
    lines.push_back(fmt::format("{} rows and {} rows", left.size(), right.size()));
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    auto found = differences(left[i], right[i], allowance);
    lines.insert(lines.end(), found.begin(), found.end());
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

}  // namespace conntrail::test
