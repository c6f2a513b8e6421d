// The columns of a connection table, and the texts that choose and sort them.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "column_id.h"
#include "conntrail/base/text.h"
#include "conntrail/view/table.h"

namespace conntrail::view {
namespace {

using enum Alignment;

constexpr bool kDefault = true;

// Order of giving way: the trail is history, the reason and the owner name can be read in part, addresses
// cannot.
constexpr int kFirst = 4;
constexpr int kSecond = 3;
constexpr int kThird = 2;
constexpr int kLast = 1;

// In the order of ColumnId.
constexpr std::array<Column, kColumnCount> kColumns{{
    {"id", "ID", right, false, 0, 0, "id", "conntrail's own number of the record, as show takes it"},
    {"netns", "NETNS", right, false, 0, 0, "netns", "network namespace (inode number)"},
    {"cookie", "COOKIE", right, false, 0, 0, "cookie", "the kernel's socket cookie"},
    {"inode", "INODE", right, false, 0, 0, "inode", "inode of the socket, as in /proc/PID/fd"},
    {"family", "FAMILY", left, false, 0, 0, "family", "inet or inet6"},
    {"direction", "DIRECTION", left, false, 0, 0, "direction",
     "active: opened by this side; passive: by the peer"},
    {"state", "STATE", left, kDefault, 0, 0, "state", "TCP state, as netstat names it"},
    {"age", "AGE", right, kDefault, 0, 0, "age_us", "time in the present state"},
    {"owner", "OWNER", left, kDefault, kLast, 12, "pid,comm,owner_source",
     "process and PID; ~ inherited from the listener; +N more processes hold the socket"},
    {"uid", "UID", right, false, 0, 0, "uid", "user of the owner"},
    {"cgroup", "CGROUP", right, false, 0, 0, "cgroup_id", "control group of the owner (id)"},
    {"local", "LOCAL", left, kDefault, 0, 0, "local_addr,local_port", "address and port on this side"},
    {"remote", "REMOTE", left, kDefault, 0, 0, "remote_addr,remote_port", "address and port of the peer"},
    {"recvq", "RECVQ", right, kDefault, 0, 0, "receive_queue", "octets received and not yet read"},
    {"sendq", "SENDQ", right, kDefault, 0, 0, "send_queue", "octets sent and not yet acknowledged"},
    {"retransmits", "RETR", right, kDefault, 0, 0, "retransmits", "segments sent again, in all"},
    {"syn_retransmits", "SYNRETR", right, false, 0, 0, "syn_retransmits",
     "SYN and SYN-ACK segments sent again"},
    {"bytes_sent", "SENT", right, false, 0, 0, "bytes_sent", "octets of data sent"},
    {"bytes_received", "RECEIVED", right, false, 0, 0, "bytes_received", "octets of data received"},
    {"rtt", "RTT", right, false, 0, 0, "srtt_us", "smoothed round-trip time"},
    {"min_rtt", "MINRTT", right, false, 0, 0, "min_rtt_us", "shortest round-trip time"},
    {"opened", "OPENED", left, false, 0, 0, "opened", "time of day of the opening"},
    {"closed", "CLOSED", left, false, 0, 0, "closed", "time of day of the end"},
    {"connect", "CONNECT", right, false, 0, 0, "connect_us",
     "time the handshake took, where this side opened"},
    {"duration", "DURATION", right, false, 0, 0, "duration_us", "from the opening to the end, or to now"},
    {"left", "LEFT", right, kDefault, 0, 0, "time_wait_left_us", "until the time-wait socket expires"},
    {"error", "ERROR", left, false, 0, 0, "error", "errno of the socket"},
    {"reason", "REASON", left, kDefault, kThird, 16, "end_reason,closed_first",
     "why it ended, who closed first"},
    {"holders", "HOLDERS", left, false, kSecond, 16, "holders", "every process that has the socket open"},
    {"trail", "TRAIL", left, kDefault, kFirst, 20, "trail",
     "the states it has been in and for how long; without the present one where state and age are shown"},
}};

// By its key, or by one of the JSON keys of its values.
std::optional<std::size_t> find_column(std::string_view name) {
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (kColumns[i].key == name) return i;
  }
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto fields = split(kColumns[i].fields, ',');
    if (std::find(fields.begin(), fields.end(), name) != fields.end()) return i;
  }
  return std::nullopt;
}

std::unexpected<Error> unknown_column(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Column& column : kColumns) {
    known.push_back(column.key);
    for (const std::string_view field : split(column.fields, ',')) known.push_back(field);
  }
  std::string hint;
  if (const auto near = nearest(name, known)) {
    hint = "did you mean \"" + std::string(*near) + "\"?";
  } else {
    hint = "columns are";
    for (const Column& column : kColumns) {
      hint += ' ';
      hint += column.key;
    }
  }
  return fail_usage("unknown column \"" + printable(name) + "\"", {}, std::move(hint));
}

struct Item {
  char sign = '\0';  // '+', '-' or none
  std::size_t column = 0;
};

// "+a", "-b", "c" with blanks around them.
Result<Item> parse_item(std::string_view text) {
  text = trim(text);
  Item item;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    item.sign = text.front();
    text = trim(text.substr(1));
  }
  const std::string name = to_lower(text);
  const auto column = find_column(name);
  if (!column) return unknown_column(name);
  item.column = *column;
  return item;
}

// A column that is added to the default ones stands where the whole list has it.
void insert_in_order(std::vector<std::size_t>& columns, std::size_t column) {
  columns.insert(std::upper_bound(columns.begin(), columns.end(), column), column);
}

}  // namespace

std::span<const Column> connection_columns() { return kColumns; }

std::vector<std::size_t> default_columns() {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (kColumns[i].by_default) columns.push_back(i);
  }
  return columns;
}

Result<std::vector<std::size_t>> parse_columns(std::string_view text, std::span<const std::size_t> usual) {
  if (trim(text).empty()) return fail_usage("no columns given", {}, "for example: state,age,owner or +netns");
  std::vector<std::size_t> columns;
  bool listed = false;  // columns were named without a sign: only those
  bool first = true;
  for (const std::string_view part : split(text, ',')) {
    if (to_lower(trim(part)) == "all") {
      columns.clear();
      for (std::size_t i = 0; i < kColumns.size(); ++i) columns.push_back(i);
      first = false;
      continue;
    }
    const auto item = parse_item(part);
    if (!item) return std::unexpected(item.error());
    if (first && item->sign != '\0')
      columns = usual.empty() ? default_columns() : std::vector<std::size_t>(usual.begin(), usual.end());
    if (item->sign == '\0') listed = true;
    first = false;
    const auto place = std::find(columns.begin(), columns.end(), item->column);
    const bool present = place != columns.end();
    if (item->sign == '-') {
      if (!present)
        return fail_usage("column \"" + std::string(kColumns[item->column].key) + "\" cannot be left out",
                          "it is not shown");
      columns.erase(place);
    } else if (!present) {
      if (listed) {
        columns.push_back(item->column);
      } else {
        insert_in_order(columns, item->column);
      }
    }
  }
  if (columns.empty()) return fail_usage("no columns left to show");
  return columns;
}

Result<std::vector<SortKey>> parse_sort(std::string_view text) {
  if (trim(text).empty()) return fail_usage("no sort column given", {}, "for example: remote,-age");
  std::vector<SortKey> keys;
  for (const std::string_view part : split(text, ',')) {
    const auto item = parse_item(part);
    if (!item) return std::unexpected(item.error());
    keys.push_back({item->column, item->sign == '-'});
  }
  return keys;
}

}  // namespace conntrail::view
