#include "history/tables/large_summary.h"

#include <limits>

#include "history/history_row.h"
#include "history/tables/packed_groups.h"

namespace conntrail::store {
namespace {

// A connection is filed under the time of its end, and settled when nothing of it is left in the kernel:
// TIME_WAIT takes a minute.
constexpr std::int64_t kStragglersNs = 120'000'000'000;

void bind_place(Statement& statement, const SummaryPlace& place) {
  statement.bind(1, dimension_of(place.first));
  statement.bind(2, place.second);
}

}  // namespace

std::int64_t dimension_of(GroupKey key) { return static_cast<std::int64_t>(key) + 1; }

Group read_counts(const Statement& row, int column) {
  const auto number = [&](int offset) { return static_cast<std::uint64_t>(row.integer(column + offset)); };
  Group group;
  group.connections = number(0);
  group.failed = number(1);
  group.bytes_sent = number(2);
  group.bytes_received = number(3);
  group.retransmits = number(4);
  group.duration_sum = Nanoseconds(row.integer(column + 5));
  group.durations = number(6);
  return group;
}

Result<LargeSummary> LargeSummary::prepare(const Database& database) {
  LargeSummary summary;
  auto done = database.prepare_all({
      {&summary.select_rows_,
       "SELECT value, connections, failed, bytes_sent, bytes_received, retransmits, duration, durations"
       " FROM summary WHERE dimension = ?1 AND bucket = ?2"},
      {&summary.delete_rows_, "DELETE FROM summary WHERE dimension = ?1 AND bucket = ?2"},
      {&summary.select_packed_, "SELECT packed FROM summary_full WHERE dimension = ?1 AND bucket = ?2"},
      {&summary.store_, "INSERT OR REPLACE INTO summary_full(dimension, bucket, packed) VALUES(?1, ?2, ?3)"},
  });
  if (!done) return std::unexpected(done.error());
  return summary;
}

Result<void> LargeSummary::write(const Database& database, const SummaryPlace& place, const Groups* groups) {
  ByteWriter packed;
  bind_place(store_, place);
  if (groups != nullptr) {
    packed = pack_groups(*groups);
    store_.bind_blob(3, packed.view());
  } else {
    store_.bind_null(3);
  }
  return database.run(store_);
}

Result<Groups*> LargeSummary::take_over(const Database& database, const SummaryPlace& place) {
  Groups groups;
  {
    const ResetAtExit reset(select_rows_);
    bind_place(select_rows_, place);
    int code = select_rows_.step();
    for (; code == SQLITE_ROW; code = select_rows_.step())
      groups[std::string(select_rows_.text(0))] = read_counts(select_rows_, 1);
    if (code != SQLITE_DONE) return database.failure("read");
  }
  bind_place(delete_rows_, place);
  if (auto done = database.run(delete_rows_); !done) return std::unexpected(done.error());
  if (auto done = write(database, place, nullptr); !done) return std::unexpected(done.error());
  Groups& kept = places_[place];
  kept = std::move(groups);
  return &kept;
}

Result<Groups*> LargeSummary::resume(const Database& database, const SummaryPlace& place) {
  if (const auto found = places_.find(place); found != places_.end()) return &found->second;
  Groups groups;
  bool whole = false;
  {
    const ResetAtExit reset(select_packed_);
    bind_place(select_packed_, place);
    const int code = select_packed_.step();
    if (code == SQLITE_DONE) return nullptr;
    if (code != SQLITE_ROW) return database.failure("read");
    if (select_packed_.is_null(0)) return nullptr;
    whole = unpack_groups(select_packed_.blob(0), groups);
  }
  // Until it is packed again the rows are the truth.
  if (auto done = write(database, place, nullptr); !done) return std::unexpected(done.error());
  if (!whole) return nullptr;
  Groups& kept = places_[place];
  kept = std::move(groups);
  return &kept;
}

Result<std::vector<SummaryPlace>> LargeSummary::pack_before(const Database& database, std::int64_t bucket) {
  std::vector<SummaryPlace> packed;
  for (auto entry = places_.begin(); entry != places_.end();) {
    const auto& [place, groups] = *entry;
    if (place.second >= bucket) {
      ++entry;
      continue;
    }
    if (auto done = write(database, place, &groups); !done) return std::unexpected(done.error());
    packed.push_back(place);
    entry = places_.erase(entry);
  }
  return packed;
}

Result<std::vector<SummaryPlace>> LargeSummary::pack(const Database& database, std::int64_t now_ns) {
  return pack_before(database, bucket_of(now_ns - kStragglersNs));
}

Result<std::vector<SummaryPlace>> LargeSummary::pack_all(const Database& database) {
  return pack_before(database, std::numeric_limits<std::int64_t>::max());
}

}  // namespace conntrail::store
