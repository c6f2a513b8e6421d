#include "history/read/scan_group.h"

#include <fmt/format.h>

#include "history/history_flags.h"
#include "history/history_keys.h"
#include "history/history_row.h"
#include "history/read/reader_impl.h"

namespace conntrail::store {
namespace {

// Ports, processes and addresses may have so many values that there is no summary, and then millions of rows
// are looked at: only the columns that count are read.
std::string_view plain_column(GroupKey key) {
  switch (key) {
    case GroupKey::remote_addr:
      return "r.remote_addr";
    case GroupKey::local_addr:
      return "r.local_addr";
    case GroupKey::remote_port:
      return "nullif(r.remote_port, 0)";
    case GroupKey::local_port:
      return "nullif(r.local_port, 0)";
    case GroupKey::pid:
      return "r.pid";
    default:
      return {};
  }
}

constexpr int kFlagsColumn = 1;

// As count_in() does with a record.
bool count_plain_row(const Statement& row, Group& group) {
  Connection facts;
  if (!unpack_flags(row.integer(kFlagsColumn), facts)) return false;
  ++group.connections;
  if (has_failed(facts)) ++group.failed;
  group.bytes_sent += static_cast<std::uint64_t>(row.integer(2));
  group.bytes_received += static_cast<std::uint64_t>(row.integer(3));
  group.retransmits += static_cast<std::uint64_t>(row.integer(4));
  if (const auto duration = row.optional_integer(5)) {
    // In unsigned numbers: those of a hostile file must not overflow.
    const auto sum =
        static_cast<std::uint64_t>(group.duration_sum.count()) + static_cast<std::uint64_t>(*duration);
    group.duration_sum = Nanoseconds(static_cast<std::int64_t>(sum));
    ++group.durations;
  }
  return true;
}

std::unexpected<Error> damaged(const Database& database) {
  return fail("cannot count the connections of " + database.path(), "a row is damaged",
              "ask for another time with --since and --until");
}

Result<void> count_plain(const Database& database, std::string_view from, std::string_view column,
                         Groups& groups) {
  const std::string sql =
      fmt::format("SELECT {}, r.flags, r.bytes_sent, r.bytes_received, r.retransmits, {} FROM {}", column,
                  sort_sql(SortKey::duration), from);
  std::string value;
  return each_row(database, sql, [&](const Statement& row) -> Result<bool> {
    value = row.text(0);
    if (!count_plain_row(row, groups[value])) return damaged(database);
    return true;
  });
}

}  // namespace

Result<void> count_rows(const Database& database, std::string_view from, GroupKey key, Groups& groups) {
  if (const std::string_view column = plain_column(key); !column.empty())
    return count_plain(database, from, column, groups);
  const auto with = from.find(" WHERE ");
  // The clock only shifts both ends of a duration, so none is looked up.
  const WallClock clock = WallClock::with_offset(0);
  StoredRow stored;
  const std::string sql = fmt::format("SELECT {} FROM {} CROSS JOIN program p ON p.id = r.program{}",
                                      row_columns(RowWidth::narrow), from.substr(0, with), from.substr(with));
  return each_row(database, sql, [&](const Statement& row) -> Result<bool> {
    if (!read_row(row, clock, RowWidth::narrow, stored)) return damaged(database);
    count_in(groups, stored.record, key);
    return true;
  });
}

}  // namespace conntrail::store
