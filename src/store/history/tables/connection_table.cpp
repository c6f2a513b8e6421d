#include "history/tables/connection_table.h"

#include <fmt/format.h>

namespace conntrail::store {

std::string select_with_clock(std::string_view where) {
  return fmt::format(
      "SELECT {},n.clock_offset FROM record r"
      " JOIN program p ON p.id = r.program JOIN run n ON n.id = r.run WHERE {}",
      row_columns(RowWidth::whole), where);
}

Result<StoredRow> read_stored_row(const Database& database, const Statement& statement) {
  StoredRow row;
  const WallClock clock = WallClock::with_offset(statement.integer(count_row_columns(RowWidth::whole)));
  if (!read_row(statement, clock, RowWidth::whole, row)) {
    return fail(fmt::format("cannot read connection {} of {}", statement.integer(0), database.path()),
                "the row is damaged", "the others can still be read");
  }
  return row;
}

Result<HistoryRecord> read_record(const Database& database, const Statement& statement) {
  auto row = read_stored_row(database, statement);
  if (!row) return std::unexpected(row.error());
  return std::move(row->record);
}

Result<RecordTable> RecordTable::prepare(const Database& database) {
  RecordTable table;
  auto done = database.prepare_all({
      {&table.insert_, insert_record_sql("INSERT")},
      {&table.replace_, insert_record_sql("INSERT OR REPLACE")},
      {&table.select_, select_with_clock("r.id = ?1")},
      {&table.insert_bucket_, "INSERT OR IGNORE INTO bucket VALUES(?1, 0)"},
  });
  if (!done) return std::unexpected(done.error());
  auto programs = ProgramTable::prepare(database);
  if (!programs) return std::unexpected(programs.error());
  table.programs_ = std::move(*programs);
  auto summary = SummaryTable::prepare(database);
  if (!summary) return std::unexpected(summary.error());
  table.summary_ = std::move(*summary);
  auto top = TopTable::prepare(database);
  if (!top) return std::unexpected(top.error());
  table.top_ = std::move(*top);
  return table;
}

Result<void> RecordTable::write(const Database& database, Batch& batch, std::int64_t run,
                                const WallClock& clock) {
  for (const Batch::Place& place : batch.ordered()) {
    if (auto done = write_row(database, batch.slot(place.index), run, clock); !done) return done;
  }
  return {};
}

Result<void> RecordTable::write_row(const Database& database, const Batch::Slot& slot, std::int64_t run,
                                    const WallClock& clock) {
  const Connection& c = slot.connection;
  NewRow row(c, slot.seen, clock);
  row.run = run;
  const auto program = programs_.id_of(database, c, row.bucket.value_or(bucket_of(clock.real_ns(slot.seen))));
  if (!program) return std::unexpected(program.error());
  row.program = *program;

  const bool was_alive = alive_.contains(slot.id);
  Statement& statement = was_alive ? replace_ : insert_;
  binder_.bind(statement, row);
  int code = statement.step();
  statement.reset();
  if ((code & 0xff) == SQLITE_CONSTRAINT && !was_alive) {
    // It was settled and has changed once more.
    if (auto done = unsettle(database, slot.id); !done) return done;
    binder_.bind(replace_, row);
    code = replace_.step();
    replace_.reset();
  }
  if (code != SQLITE_DONE) return database.failure("write");

  if (!row.bucket) {
    if (!was_alive) born_.push_back(slot.id);
    return {};
  }
  if (was_alive) died_.push_back(slot.id);
  return settle(database, *row.bucket, c, slot.seen, *program, clock);
}

Result<void> RecordTable::settle(const Database& database, std::int64_t bucket, const Connection& c,
                                 MonoTime seen, std::int64_t program, const WallClock& clock) {
  if (auto done = note_bucket(database, bucket); !done) return done;
  summary_.add(bucket, c, seen, program);
  return top_.add(database, bucket, static_cast<std::int64_t>(c.id), c, seen, clock);
}

Result<void> RecordTable::note_bucket(const Database& database, std::int64_t bucket) {
  if (bucket == noted_bucket_) return {};
  insert_bucket_.bind(1, bucket);
  if (auto done = database.run(insert_bucket_); !done) return done;
  noted_bucket_ = bucket;
  return {};
}

Result<void> RecordTable::unsettle(const Database& database, std::uint64_t id) {
  const ResetAtExit reset(select_);
  select_.bind(1, static_cast<std::int64_t>(id));
  const int code = select_.step();
  if (code == SQLITE_DONE) return {};
  if (code != SQLITE_ROW) return database.failure("read");
  const auto before = read_stored_row(database, select_);
  if (!before) return std::unexpected(before.error());
  if (!before->bucket) return {};
  summary_.remove(*before->bucket, before->record.connection, before->record.seen, before->program);
  return top_.remove(database, *before->bucket, static_cast<std::int64_t>(id));
}

Result<void> RecordTable::abandon(const Database& database, const HistoryRecord& record) {
  const Connection& c = record.connection;
  NewRow row(c, record.seen, record.clock);
  row.run = record.run;
  const std::int64_t bucket = row.settle();
  const auto program = programs_.id_of(database, c, bucket);
  if (!program) return std::unexpected(program.error());
  row.program = *program;
  binder_.bind(replace_, row);
  if (auto done = database.run(replace_); !done) return done;
  return settle(database, bucket, c, record.seen, *program, record.clock);
}

Result<void> RecordTable::lose_end(const Database& database, std::uint64_t id) {
  if (!alive_.contains(id)) return {};
  Result<HistoryRecord> record = fail("");
  {
    const ResetAtExit reset(select_);
    select_.bind(1, static_cast<std::int64_t>(id));
    const int code = select_.step();
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return database.failure("read");
    record = read_record(database, select_);
  }
  if (!record) return std::unexpected(record.error());
  record->connection.gap = true;
  died_.push_back(id);
  return abandon(database, *record);
}

Result<void> RecordTable::flush(const Database& database, std::int64_t now_ns) {
  if (auto done = summary_.flush(database, now_ns); !done) return done;
  return top_.flush(database);
}

void RecordTable::committed() {
  for (const std::uint64_t id : born_) alive_.insert(id);
  for (const std::uint64_t id : died_) alive_.erase(id);
  born_.clear();
  died_.clear();
}

void RecordTable::rolled_back() {
  born_.clear();
  died_.clear();
  noted_bucket_ = -1;
  programs_.forget();
  summary_.forget();
  top_.forget();
}

void RecordTable::forget_bucket(std::int64_t bucket) {
  if (noted_bucket_ == bucket) noted_bucket_ = -1;
  programs_.forget();
  summary_.forget_bucket(bucket);
  top_.forget();
}

}  // namespace conntrail::store
