// The table `record` and what is derived from it, kept in step: one transaction has a row, its place in the
// summaries and in the lists of the greatest, so that they never disagree.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "history/history_row.h"
#include "history/tables/batch.h"
#include "history/tables/program_table.h"
#include "history/tables/summary_table.h"
#include "history/tables/top_table.h"

namespace conntrail::store {

class RecordTable {
 public:
  [[nodiscard]] static Result<RecordTable> prepare(const Database& database);

  // Within a transaction of the caller, who ends with committed() or rolled_back().
  [[nodiscard]] Result<void> write(const Database& database, Batch& batch, std::int64_t run,
                                   const WallClock& clock);
  // Files a living row of a recorder that is gone under when it was last seen: nobody will end it.
  [[nodiscard]] Result<void> abandon(const Database& database, const HistoryRecord& record);
  // The end of a connection will never come: its row, if there is one, is filed as it was last seen, with a
  // gap.
  [[nodiscard]] Result<void> lose_end(const Database& database, std::uint64_t id);
  [[nodiscard]] Result<void> flush(const Database& database, std::int64_t now_ns);  // wall time
  // At the end of a run, part of a transaction.
  [[nodiscard]] Result<void> finish(const Database& database) { return summary_.finish(database); }
  void committed();
  void rolled_back();
  // Rows of a bucket are retired: what is cached about it is no longer true.
  void forget_bucket(std::int64_t bucket);

  // The ids of living rows in the database: they can be replaced without a look at what they were.
  void assume_alive(std::uint64_t id) { alive_.insert(id); }

 private:
  [[nodiscard]] Result<void> write_row(const Database& database, const Batch::Slot& slot, std::int64_t run,
                                       const WallClock& clock);
  [[nodiscard]] Result<void> settle(const Database& database, std::int64_t bucket, const Connection& c,
                                    MonoTime seen, std::int64_t program, const WallClock& clock);
  // Takes a settled row, which is about to change, out of what was derived from it.
  [[nodiscard]] Result<void> unsettle(const Database& database, std::uint64_t id);
  [[nodiscard]] Result<void> note_bucket(const Database& database, std::int64_t bucket);

  Statement insert_;
  Statement replace_;
  Statement select_;
  Statement insert_bucket_;
  ProgramTable programs_;
  SummaryTable summary_;
  TopTable top_;
  RowBinder binder_;
  std::unordered_set<std::uint64_t> alive_;
  std::vector<std::uint64_t> born_;  // in the open transaction
  std::vector<std::uint64_t> died_;  // in the open transaction
  std::int64_t noted_bucket_ = -1;
};

// Whole rows, with the offset of their run's clock behind the other columns.
[[nodiscard]] std::string select_with_clock(std::string_view where);
// One row of such a query; an error when it is damaged.
[[nodiscard]] Result<StoredRow> read_stored_row(const Database& database, const Statement& statement);
[[nodiscard]] Result<HistoryRecord> read_record(const Database& database, const Statement& statement);

}  // namespace conntrail::store
