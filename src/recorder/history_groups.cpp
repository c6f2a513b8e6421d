#include "conntrail/recorder/history_groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "conntrail/model/listener.h"

namespace conntrail::recorder {
namespace {

using store::GroupKey;
using store::HistoryRecord;

constexpr std::string_view kService = "service";

bool is_address(GroupKey key) { return key == GroupKey::remote_addr || key == GroupKey::local_addr; }

bool listens(const Connection& c) { return c.tuple.remote.port == 0 || is_listener(c); }

Endpoint plain(const Endpoint& end) { return {end.address.unmapped(), end.port}; }

// Who serves, as far as the record knows: who opened it was the client.
const Endpoint* server_of(const Connection& c) {
  switch (c.direction) {
    case Direction::active:
      return &c.tuple.remote;
    case Direction::passive:
      return &c.tuple.local;
    case Direction::unknown:
      break;
  }
  return nullptr;
}

std::string value_of(const Connection& c, const GroupBy& by) {
  if (!by.key) {
    const Endpoint* const server = server_of(c);
    return server != nullptr ? to_string(*server) : std::string();
  }
  std::string value;
  store::group_value(c, *by.key, value);
  return is_address(*by.key) ? plain_string(std::move(value)) : value;
}

// A group while it is counted.
struct Tally {
  Group group;
  std::array<std::uint64_t, static_cast<std::size_t>(kLastEndReason) + 1> reasons{};
  std::map<std::string, std::uint64_t> openers;

  void add(const HistoryRecord& record) {
    const Connection& c = record.connection;
    store::count_in(group, c, record.seen);
    if (has_failed(c)) ++reasons[static_cast<std::size_t>(c.end_reason)];
  }
  [[nodiscard]] Group finished() {
    const auto worst = std::ranges::max_element(reasons);
    if (*worst > 0) group.worst_reason = static_cast<EndReason>(worst - reasons.begin());
    if (!openers.empty()) {
      group.opened_by =
          std::ranges::max_element(openers, {}, [](const auto& one) { return one.second; })->first;
      group.other_openers = openers.size() - 1;
    }
    return std::move(group);
  }
};

// Finds the second end of a connection whose ends are both on this host.
class Pairs {
 public:
  explicit Pairs(std::unordered_set<std::string> here) : here_(std::move(here)) {}

  // Whether its other end has been counted.
  bool is_second(const Connection& c) {
    const Endpoint* const server = server_of(c);
    if (server == nullptr || !here_.contains(plain_string(c.tuple.remote.address))) return false;
    const Endpoint& client = server == &c.tuple.local ? c.tuple.remote : c.tuple.local;
    const std::uint64_t key = hash_of(plain(client), hash_of(plain(*server)));
    const int end = c.direction == Direction::active ? 1 : -1;
    const auto [open, first] = open_.try_emplace(key, 0);
    const bool second = open->second * end < 0;
    open->second += end;
    if (open->second == 0) open_.erase(open);
    return second;
  }

 private:
  std::unordered_set<std::string> here_;
  std::unordered_map<std::uint64_t, int> open_;  // ends whose other end has not come: +1 active, -1 passive
};

Result<std::unordered_set<std::string>> local_addresses(HistorySource& source,
                                                        const store::Condition& condition) {
  store::Condition all;
  all.since_ns = condition.since_ns;
  all.until_ns = condition.until_ns;
  const auto groups = source.group(all, GroupKey::local_addr);
  if (!groups) return std::unexpected(groups.error());
  std::unordered_set<std::string> addresses;
  for (const Group& group : *groups) addresses.insert(plain_string(std::string(group.value)));
  return addresses;
}

std::vector<Group> largest_first(std::vector<Group> groups) {
  std::erase_if(groups, [](const Group& group) { return group.connections == 0; });
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    if (a.connections != b.connections) return a.connections > b.connections;
    return a.value != b.value ? a.value < b.value : a.values < b.values;
  });
  return groups;
}

// Row by row.
Result<std::vector<Group>> count_rows(HistorySource& source, const GroupQuery& query) {
  const bool by_service = std::ranges::any_of(query.by, [](const GroupBy& by) { return !by.key; });
  std::unordered_set<std::string> here;
  if (by_service) {
    auto addresses = local_addresses(source, query.condition);
    if (!addresses) return std::unexpected(addresses.error());
    here = std::move(*addresses);
  }
  Pairs pairs(std::move(here));
  std::map<std::vector<std::string>, Tally> tallies;
  std::vector<std::string> values(query.by.size());
  auto done = source.for_each(query.condition, store::SortKey::id, false, [&](const HistoryRecord& record) {
    const Connection& c = record.connection;
    if (query.matches && !query.matches(record)) return true;
    if (!query.listeners && listens(c)) return true;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(c, query.by[i]);
    // The second end has no line of its own: only who it is may be news.
    const bool second = by_service && pairs.is_second(c);
    if (second && c.direction != Direction::active) return true;
    Tally& tally = tallies[values];
    if (by_service && c.direction == Direction::active && !c.owner.comm.empty())
      ++tally.openers[c.owner.comm];
    if (!second) tally.add(record);
    return true;
  });
  if (!done) return std::unexpected(done.error());
  std::vector<Group> groups;
  for (auto& [key, tally] : tallies) {
    Group& group = groups.emplace_back(tally.finished());
    if (key.size() == 1) {
      group.value = key.front();
    } else {
      group.values = key;
    }
  }
  return largest_first(std::move(groups));
}

void take_from(Group& group, const Group& part) {
  group.connections -= std::min(group.connections, part.connections);
  group.failed -= std::min(group.failed, part.failed);
  group.bytes_sent -= std::min(group.bytes_sent, part.bytes_sent);
  group.bytes_received -= std::min(group.bytes_received, part.bytes_received);
  group.retransmits -= std::min(group.retransmits, part.retransmits);
  group.duration_sum -= std::min(group.duration_sum, part.duration_sum);
  group.durations -= std::min(group.durations, part.durations);
}

// From the counts that the recorder keeps: without looking at every row. Listeners are in them, and few.
Result<std::vector<Group>> count_kept(HistorySource& source, const GroupQuery& query, GroupKey key) {
  const auto kept = source.group(query.condition, key);
  if (!kept) return std::unexpected(kept.error());
  store::Groups groups;
  for (const Group& group : *kept) {
    const std::string value = is_address(key) ? plain_string(std::string(group.value)) : group.value;
    store::add_to(groups[value], group);
  }
  if (!query.listeners) {
    store::Condition listening = query.condition;
    listening.remote_ports = {0};
    auto done = source.for_each(listening, store::SortKey::id, false, [&](const HistoryRecord& record) {
      if (record.connection.tuple.remote.port != 0 || !fits_time(query.condition, record)) return true;
      Group one;
      store::count_in(one, record.connection, record.seen);
      take_from(groups[value_of(record.connection, {key})], one);
      return true;
    });
    if (!done) return std::unexpected(done.error());
  }
  std::vector<Group> out;
  for (auto& [value, group] : groups) {
    group.value = value;
    out.push_back(std::move(group));
  }
  return largest_first(std::move(out));
}

}  // namespace

std::string_view GroupBy::name() const { return key ? store::group_key_name(*key) : kService; }

std::optional<GroupBy> parse_group_by(std::string_view name) {
  if (name == kService) return GroupBy{};
  const auto key = store::parse_group_key(name);
  return key ? std::optional(GroupBy{*key}) : std::nullopt;
}

std::vector<std::string_view> group_by_names() {
  std::vector<std::string_view> names{kService};
  for (const store::GroupKeyName& key : store::kGroupKeys) names.push_back(key.name);
  return names;
}

Result<std::vector<Group>> count_groups(HistorySource& source, const GroupQuery& query) {
  const bool kept = query.by.size() == 1 && query.by.front().key && !query.matches;
  return kept ? count_kept(source, query, *query.by.front().key) : count_rows(source, query);
}

}  // namespace conntrail::recorder
