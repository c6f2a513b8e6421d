// What a recorder finds of its predecessors, and how it begins.
#include <fmt/format.h>

#include <algorithm>

#include "history/history_flags.h"
#include "history/write/history_store.h"

namespace conntrail::store {

Result<void> HistoryStore::begin_run() {
  if (auto done = close_earlier_runs(); !done) return done;
  const auto largest = database_.number(
      "SELECT max(coalesce((SELECT max(id) FROM record), 0), coalesce((SELECT max(id_last) FROM run), 0))");
  if (!largest) return std::unexpected(largest.error());
  id_base_ = static_cast<std::uint64_t>(std::max<std::int64_t>(0, largest->value_or(0)));
  if (auto done = insert_run(); !done) return done;
  return records_.flush(database_, run_.clock.real_ns(run_.started));
}

Result<void> HistoryStore::insert_run() {
  auto insert = database_.prepare(
      "INSERT INTO run(boot_id, kernel, source, clock_offset, started, last_commit, clean_end, id_base, "
      "id_last) VALUES(?1, ?2, ?3, ?4, ?5, ?5, 0, ?6, ?6)");
  if (!insert) return std::unexpected(insert.error());
  insert->bind(1, std::string_view(run_.boot_id));
  insert->bind(2, std::string_view(run_.kernel));
  insert->bind(3, std::string_view(run_.source));
  insert->bind(4, run_.clock.offset_ns());
  insert->bind(5, run_.clock.real_ns(run_.started));
  insert->bind(6, static_cast<std::int64_t>(id_base_));
  if (auto done = database_.run(*insert); !done) return done;
  run_.id = sqlite3_last_insert_rowid(database_.handle());
  return {};
}

Result<void> HistoryStore::begin_run_of_clock(WallClock clock, MonoTime now) {
  if (auto done = mark_clean_end(now); !done) return done;
  run_.clock = clock;
  run_.started = now;
  samples_.forget();  // those of a run are read without the ones before
  return insert_run();
}

Result<void> HistoryStore::close_earlier_runs() {
  Earlier last;
  {
    auto select =
        database_.prepare("SELECT id, last_commit, clean_end, boot_id FROM run ORDER BY id DESC LIMIT 1");
    if (!select) return std::unexpected(select.error());
    const int code = select->step();
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return database_.failure("read");
    const bool this_boot = !run_.boot_id.empty() && select->text(3) == run_.boot_id;
    last = {select->integer(0), select->integer(1), select->integer(2) != 0, this_boot};
  }
  // Nobody saw what happened between two runs, however the first one ended.
  const std::string_view cause = last.clean       ? "recorder stopped"
                                 : last.this_boot ? "recorder killed"
                                                  : "host restarted";
  const Gap gap{last.commit, std::max(last.commit, run_.clock.real_ns(run_.started)), 0, std::string(cause)};
  if (auto done = write_gap(gap, last.id); !done) return done;
  if (!last.clean) {
    if (auto done = database_.execute(
            fmt::format("UPDATE record SET flags = flags | {} WHERE bucket IS NULL AND run = {}",
                        flag::kGap.pack(1), last.id));
        !done) {
      return done;
    }
  }
  if (auto done = close_rows(last); !done) return done;
  return last.this_boot ? remember(last.id) : Result<void>();
}

// Rows that nobody will end any more leave the living ones: those of other boots, and those that the last run
// of this boot did not continue.
Result<void> HistoryStore::close_rows(const Earlier& last) {
  auto select = database_.prepare(select_with_clock(fmt::format(
      "r.id IN (SELECT id FROM record INDEXED BY record_alive WHERE bucket IS NULL AND run != {})",
      last.this_boot ? last.id : 0)));
  if (!select) return std::unexpected(select.error());
  std::vector<HistoryRecord> left;
  int code = select->step();
  for (; code == SQLITE_ROW; code = select->step()) {
    auto record = read_record(database_, *select);
    if (!record) return std::unexpected(record.error());
    left.push_back(std::move(*record));
  }
  if (code != SQLITE_DONE) return database_.failure("read");
  for (const HistoryRecord& record : left) {
    if (auto done = records_.abandon(database_, record); !done) return done;
  }
  return {};
}

Result<void> HistoryStore::remember(std::int64_t run) {
  auto select = database_.prepare(select_with_clock(fmt::format(
      "r.id IN (SELECT id FROM record INDEXED BY record_alive WHERE bucket IS NULL AND run = {})", run)));
  if (!select) return std::unexpected(select.error());
  int code = select->step();
  for (; code == SQLITE_ROW; code = select->step()) {
    auto record = read_record(database_, *select);
    if (!record) return std::unexpected(record.error());
    records_.assume_alive(record->connection.id);
    remembered_.push_back(std::move(record->connection));
  }
  if (code != SQLITE_DONE) return database_.failure("read");
  return {};
}

}  // namespace conntrail::store
