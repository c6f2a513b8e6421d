#include "history/history_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "conntrail/base/errno_name.h"
#include "conntrail/base/text.h"
#include "conntrail/model/connection.h"
#include "history/history_flags.h"
#include "history/record_columns.h"

namespace conntrail::store {
namespace {

constexpr int kLastErrno = 133;  // EHWPOISON, the last one that has a name

// Names of the table, which the compiler looks up.
struct StoredColumn {
  consteval StoredColumn(const char* of) : name(of) {
    if (std::ranges::find(kRecordColumns, name, &Column::name) == kRecordColumns.end())
      throw "record_columns.h has no such column";
  }
  std::string_view name;
};
struct StoredMember {
  consteval StoredMember(const char* of) : name(of) {
    if (std::ranges::find(kMoreMembers, name, &MoreMember::name) == kMoreMembers.end())
      throw "record_columns.h has no such member of `more`";
  }
  std::string_view name;
};

std::string stored(StoredColumn column) { return fmt::format("r.{}", column.name); }
std::string more(std::string_view name) { return fmt::format("json_extract(r.more, '$.{}')", name); }
std::string stored_more(StoredMember member) { return more(member.name); }

// CASE that turns the numbers 0 to `last` of an expression into names.
std::string names(std::string_view expression, unsigned last,
                  const std::function<std::string_view(unsigned)>& name) {
  std::string out = fmt::format("CASE {}", expression);
  for (unsigned i = 0; i <= last; ++i) out += fmt::format(" WHEN {} THEN '{}'", i, name(i));
  return out + " END";
}

std::string state_case(std::string_view expression) {
  return names(expression, kTcpStateCount - 1,
               [](unsigned i) { return tcp_state_name(static_cast<TcpState>(i)); });
}

std::string field(FlagField f) { return fmt::format("((r.flags >> {}) & {})", f.shift, f.mask()); }

template <class Enum, class Name>
std::string enum_case(FlagField f, Enum last, Name name) {
  return names(field(f), static_cast<unsigned>(last), [&](unsigned i) { return name(static_cast<Enum>(i)); });
}

std::string evidence_case(FlagField f) {
  return fmt::format("CASE {} WHEN 1 THEN 'event' WHEN 2 THEN 'expected' WHEN 3 THEN 'confirmed' END",
                     field(f));
}

// RFC 3339 in UTC with nanoseconds; NULL stays NULL.
std::string rfc3339(std::string_view ns) {
  return fmt::format(
      "strftime('%Y-%m-%dT%H:%M:%S', ({0}) / 1000000000, 'unixepoch') || printf('.%09dZ', ({0}) % 1000000000)"
      " || CASE WHEN ({0}) IS NULL THEN NULL ELSE '' END",
      ns);
}

// The stored trail as the array of JSON. Step i is elements 2i (state) and 2i + 1 (ns since the entry
// before); it is left when the next one is entered, unless `trail_left` of `more` says otherwise.
std::string trail() {
  constexpr std::string_view kSteps =
      "SELECT e.key / 2 AS step, json_extract(r.trail, '$[' || (e.key - 1) || ']') AS state,"
      " CASE WHEN e.type != 'null' THEN sum(e.value) OVER (ORDER BY e.key) END AS at"
      " FROM json_each(r.trail) e WHERE e.key % 2 = 1";
  return fmt::format(
      "(SELECT json_group_array(json(CASE WHEN t.at IS NULL THEN json_object('state', {0})"
      " WHEN t.left_at IS NULL THEN json_object('state', {0}, 'at', {1})"
      " ELSE json_object('state', {0}, 'at', {1}, 'for_us', (t.left_at - t.at) / 1000.0) END))"
      " FROM (SELECT s.state, s.at, CASE WHEN json_extract(r.more, '$.trail_left') IS NULL"
      " THEN lead(s.at) OVER (ORDER BY s.step)"
      " ELSE json_extract(r.more, '$.trail_left[' || s.step || ']') END AS left_at FROM ({2}) s ORDER BY "
      "s.step) t)",
      state_case("t.state"), rfc3339("r.base + t.at"), kSteps);
}

constexpr std::string_view kHolders =
    "coalesce((SELECT json_group_array(json(CASE WHEN json_extract(h.value, '$[1]') < 0"
    " THEN json_object('pid', json_extract(h.value, '$[0]'), 'comm', json_extract(h.value, '$[2]'))"
    " ELSE json_object('pid', json_extract(h.value, '$[0]'), 'comm', json_extract(h.value, '$[2]'),"
    " 'fd', json_extract(h.value, '$[1]')) END)) FROM json_each(r.more, '$.holders') h), '[]')";

// Null where there are none.
std::string marks() {
  const std::string kind = names("json_extract(m.value, '$[0]')", static_cast<unsigned>(MarkKind::owner),
                                 [](unsigned i) { return mark_kind_name(static_cast<MarkKind>(i)); });
  const std::string at = rfc3339("r.base + json_extract(m.value, '$[1]')");
  return fmt::format(
      "(SELECT json_group_array(json(CASE WHEN json_extract(m.value, '$[3]') IS NULL"
      " THEN json_object('kind', {0}, 'at', {1}) ELSE json_object('kind', {0}, 'at', {1},"
      " 'from_pid', json_extract(m.value, '$[2]'), 'to_pid', json_extract(m.value, '$[3]')) END))"
      " FROM json_each(r.more, '$.marks') m HAVING count(*) > 0)",
      kind, at);
}

// Collects "expression AS name".
class Columns {
 public:
  void add(std::string_view name, std::string_view expression) {
    if (!sql_.empty()) sql_ += ",\n  ";
    sql_ += fmt::format("{} AS {}", expression, name);
  }
  void flag(std::string_view name, FlagField f) { add(name, field(f)); }
  // Under the name that it has in the table.
  void as_it_is(StoredColumn column) { add(column.name, stored(column)); }
  void unless_zero(StoredColumn column) { add(column.name, fmt::format("nullif({}, 0)", stored(column))); }
  void member(StoredMember member) { add(member.name, stored_more(member)); }
  [[nodiscard]] const std::string& sql() const { return sql_; }

 private:
  std::string sql_;
};

const std::string kHeard = fmt::format("{} + coalesce({}, 0)", stored("base"), stored("last_event"));
const std::string kSeen = fmt::format("({} + {})", kHeard, stored("seen"));
const std::string kOpened = fmt::format("({} + {})", stored("base"), stored("opened"));
const std::string kClosed = fmt::format("({} + {})", stored("base"), stored("closed"));
const std::string kTimeWaitEntered =
    fmt::format("({} + coalesce({}, 0) + {})", stored("base"), stored("closed"), stored("time_wait_entered"));

// NULL where more than the number may have been.
std::string unless_unknown(StoredColumn column, StoredMember unknown) {
  return fmt::format("CASE WHEN {} IS NULL THEN {} END", stored_more(unknown), stored(column));
}

void add_socket(Columns& columns) {
  columns.as_it_is("id");
  columns.as_it_is("run");
  columns.unless_zero("cookie");
  columns.add("netns", "nullif(p.netns, 0)");
  columns.add("family",
              fmt::format("CASE {} WHEN 1 THEN 'inet' WHEN 2 THEN 'inet6' END", field(flag::kFamily)));
  columns.as_it_is("local_addr");
  columns.unless_zero("local_port");
  columns.as_it_is("remote_addr");
  columns.unless_zero("remote_port");
}

void add_state(Columns& columns) {
  columns.add("state", fmt::format("nullif({}, 'UNKNOWN')", state_case(field(flag::kState))));
  columns.add("age_us", fmt::format("max(0, {} - ({} + r.state_since)) / 1000.0", kSeen, kHeard));
  columns.flag("ended", flag::kEnded);
  columns.flag("gone", flag::kGone);
  columns.flag("existed_before", flag::kExistedBefore);
  columns.flag("gap", flag::kGap);
}

void add_owner(Columns& columns) {
  columns.as_it_is("pid");
  columns.add("comm", "nullif(p.comm, '')");
  columns.add("uid", "nullif(p.uid, -1)");
  columns.add("cgroup_id", "nullif(p.cgroup_id, 0)");
  columns.add("owner_source", enum_case(flag::kOwnerSource, OwnerSource::close, owner_source_name));
  columns.add("direction", enum_case(flag::kDirection, Direction::passive, direction_name));
  columns.add("holders", kHolders);
  columns.member("inode");
  const std::string lives = field(flag::kEnded) + " = 0";
  for (const StoredMember queue : {StoredMember("receive_queue"), StoredMember("send_queue")})
    columns.add(queue.name, fmt::format("CASE WHEN {} THEN coalesce({}, 0) END", lives, stored_more(queue)));
}

void add_end(Columns& columns) {
  const std::string ended = field(flag::kEnded);
  columns.add("error",
              "(SELECT coalesce((SELECT name FROM error_name WHERE error = r.error), 'E' || r.error))");
  columns.add("end_reason", fmt::format("CASE WHEN {} THEN {} END", ended,
                                        enum_case(flag::kEndReason, kLastEndReason, end_reason_name)));
  columns.add("closed_first",
              // As knows_closed_first() says.
              fmt::format("CASE WHEN ({} AND {} AND NOT {} AND NOT {}) OR {} THEN {} END", ended,
                          field(flag::kEndReason), field(flag::kFinSent), field(flag::kFinReceived),
                          field(flag::kClosedFirst),
                          enum_case(flag::kClosedFirst, ClosedFirst::both, closed_first_name)));
  columns.flag("fin_sent", flag::kFinSent);
  columns.flag("fin_received", flag::kFinReceived);
  columns.flag("reset_sent", flag::kResetSent);
  columns.flag("reset_received", flag::kResetReceived);
  columns.member("reset_reason");
}

void add_life(Columns& columns) {
  columns.add("opened", rfc3339(kOpened));
  columns.add("closed", rfc3339(kClosed));
  columns.add("seen", rfc3339(kSeen));
  columns.add("opened_ns", kOpened);
  columns.add("closed_ns", kClosed);
  columns.add("seen_ns", kSeen);
  columns.add("duration_us", fmt::format("max(0, CASE WHEN {} THEN {} ELSE {} END - {}) / 1000.0",
                                         field(flag::kEnded), kClosed, kSeen, kOpened));
  columns.add("connect_us", fmt::format("CASE WHEN {} = {} THEN (r.established - r.opened) / 1000.0 END",
                                        field(flag::kDirection), static_cast<int>(Direction::active)));
  columns.add("retransmits", unless_unknown("retransmits", "retransmits_unknown"));
  columns.add("syn_retransmits", unless_unknown("syn_retransmits", "syn_retransmits_unknown"));
  columns.as_it_is("bytes_sent");
  columns.as_it_is("bytes_received");
  columns.add("bytes_retransmitted",
              fmt::format("CASE WHEN r.bytes_sent IS NOT NULL THEN coalesce({}, 0) END",
                          stored_more("bytes_retransmitted")));
  columns.as_it_is("segments_out");
  columns.as_it_is("segments_in");
  columns.as_it_is("srtt_us");
  columns.as_it_is("min_rtt_us");
  columns.add("trail", trail());
  columns.member("trail_dropped");
  columns.add("marks", marks());
  columns.member("marks_dropped");
}

void add_time_wait(Columns& columns) {
  columns.flag("time_wait", flag::kTimeWait);
  columns.add("time_wait_entered", rfc3339(kTimeWaitEntered));
  columns.add("time_wait_us",
              fmt::format("CASE WHEN {} AND {} THEN max(0, {} + r.state_since - {}) / 1000.0 END",
                          field(flag::kTimeWait), field(flag::kGone), kHeard, kTimeWaitEntered));
  columns.add("time_wait_entry_evidence", evidence_case(flag::kEntryEvidence));
  columns.add("time_wait_exit_evidence", evidence_case(flag::kExitEvidence));
}

// What came with a later schema stands behind the rest, as it is stored.
void add_later(Columns& columns, const RecordTableLayout& layout, int version) {
  for (const Column& column : layout.columns) {
    if (column.since > 1 && column.since <= version)
      columns.add(column.name, fmt::format("r.{}", column.name));
  }
  for (const MoreMember& member : layout.more) {
    if (member.since > 1 && member.since <= version) columns.add(member.name, more(member.name));
  }
}

}  // namespace

std::string connection_view_sql(const RecordTableLayout& layout, int version) {
  Columns columns;
  add_socket(columns);
  add_state(columns);
  add_owner(columns);
  add_end(columns);
  add_life(columns);
  add_time_wait(columns);
  add_later(columns, layout, version);
  return "CREATE VIEW connection AS SELECT\n  " + columns.sql() +
         "\nFROM record r JOIN program p ON p.id = r.program;\n";
}

std::string error_names_sql() {
  std::string sql;
  for (int error = 1; error <= kLastErrno; ++error) {
    const std::string name = errno_name(error);
    sql += fmt::format("INSERT INTO error_name VALUES({}, '{}');", error, name);
  }
  return sql;
}

}  // namespace conntrail::store
