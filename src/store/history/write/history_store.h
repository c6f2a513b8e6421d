// The writer's side of the database: opened, locked, migrated, with the run begun. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "history/sqlite.h"
#include "history/tables/batch.h"
#include "history/tables/connection_table.h"
#include "history/tables/sample_table.h"
#include "history/write/checkpointer.h"
#include "history/write/retention.h"
#include "history/write/writer_lock.h"

namespace conntrail::store {

class HistoryStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HistoryStore>> open(const WriterOptions& options,
                                                                  const Run& run);

  // The rows that an earlier recorder of this boot left alive, as they are in the database.
  [[nodiscard]] const std::vector<Connection>& remembered() const { return remembered_; }
  // Added to the tracker's ids.
  [[nodiscard]] std::uint64_t id_base() const { return id_base_; }

  struct Outcome {
    std::uint64_t written = 0;
    std::uint64_t retired = 0;
  };
  // With the next commit another run begins: a row's times can be read with the clock of its run only. Ids go
  // on, so that a record that changes late still finds its row.
  void change_clock(WallClock clock) { next_clock_ = clock; }
  // All of it or, after an error, nothing. `now` is what everything up to is in the database afterwards.
  [[nodiscard]] Result<Outcome> commit(Batch& batch, MonoTime now);
  [[nodiscard]] Result<void> end_run(MonoTime now);
  // Of the file and its log.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  HistoryStore(WriterLock lock, Database database, const WriterOptions& options, const Run& run);
  [[nodiscard]] Result<void> prepare();
  // Closes what earlier recorders left open and begins this run, in one transaction.
  [[nodiscard]] Result<void> begin_run();
  [[nodiscard]] Result<void> insert_run();
  [[nodiscard]] Result<void> begin_run_of_clock(WallClock clock, MonoTime now);
  [[nodiscard]] Result<void> mark_clean_end(MonoTime now);
  [[nodiscard]] Result<void> close_earlier_runs();
  // The newest run before this one.
  struct Earlier {
    std::int64_t id = 0;
    std::int64_t commit = 0;  // wall time of its last one
    bool clean = false;
    bool this_boot = false;
  };
  [[nodiscard]] Result<void> close_rows(const Earlier& last);
  [[nodiscard]] Result<void> remember(std::int64_t run);
  [[nodiscard]] Result<Outcome> write(Batch& batch, MonoTime now);
  [[nodiscard]] Result<void> write_gap(const Gap& gap, std::int64_t run);
  [[nodiscard]] Result<void> pack_summaries();
  // The log has grown with the last commit.
  void shorten_log();
  [[nodiscard]] Result<void> note_commit(const Batch& batch, MonoTime now);

  WriterLock lock_;
  Database database_;
  Run run_;
  RecordTable records_;
  SampleTable samples_;
  Retention retention_;
  std::int64_t checkpoint_pages_;
  int log_pages_ = 0;  // after the last commit
  std::unique_ptr<Checkpointer> checkpointer_;
  Statement insert_gap_;
  Statement note_commit_;
  std::vector<Connection> remembered_;
  std::uint64_t id_base_ = 0;
  std::optional<WallClock> next_clock_;
};

// Opens the file for writing: makes it and its directory, refuses what is not ours, migrates what is older.
// The lock comes first, so that nobody else writes meanwhile.
struct OpenedForWriting {
  WriterLock lock;
  Database database;
};
[[nodiscard]] Result<OpenedForWriting> open_for_writing(const WriterOptions& options);

}  // namespace conntrail::store
