// Connections of a history counted by what they have in common, as `history --group-by` shows them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/store/keys.h"

namespace conntrail::recorder {

// What one column of groups is: a key of the database, or the service.
struct GroupBy {
  std::optional<store::GroupKey>
      key;  // empty: the service, its server's address and port, whichever side saw it
  [[nodiscard]] std::string_view name() const;
};
[[nodiscard]] std::optional<GroupBy> parse_group_by(std::string_view name);
[[nodiscard]] std::vector<std::string_view> group_by_names();

struct GroupQuery {
  store::Condition condition;
  std::vector<GroupBy> by;  // at least one
  // Of a record that the condition lets through; empty: every one counts.
  std::function<bool(const store::HistoryRecord&)> matches;
  bool listeners = false;  // sockets that listen count as connections, too
};

// Largest first. An IPv4 address behind an IPv6 socket counts as that address. By service a connection both
// of whose ends were recorded counts once; otherwise each end counts.
[[nodiscard]] Result<std::vector<Group>> count_groups(HistorySource& source, const GroupQuery& query);

}  // namespace conntrail::recorder
