#include "history/write/history_store.h"

#include <sys/stat.h>

#include <utility>

namespace conntrail::store {

HistoryStore::HistoryStore(WriterLock lock, Database database, const WriterOptions& options, const Run& run)
    : lock_(std::move(lock)),
      database_(std::move(database)),
      run_(run),
      retention_(options.max_bytes, options.keep),
      checkpoint_pages_(checkpoint_pages(options.max_bytes)) {}

Result<std::unique_ptr<HistoryStore>> HistoryStore::open(const WriterOptions& options, const Run& run) {
  auto opened = open_for_writing(options);
  if (!opened) return std::unexpected(opened.error());
  std::unique_ptr<HistoryStore> store(
      new HistoryStore(std::move(opened->lock), std::move(opened->database), options, run));
  if (auto done = store->prepare(); !done) return std::unexpected(done.error());
  if (auto done = store->database_.execute("BEGIN IMMEDIATE"); !done) return std::unexpected(done.error());
  if (auto done = store->begin_run(); !done) return std::unexpected(done.error());
  if (auto done = store->database_.execute("COMMIT"); !done) return std::unexpected(done.error());
  return store;
}

Result<void> HistoryStore::prepare() {
  sqlite3_wal_hook(
      database_.handle(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &log_pages_);
  checkpointer_ = std::make_unique<Checkpointer>(database_.path());
  auto records = RecordTable::prepare(database_);
  if (!records) return std::unexpected(records.error());
  records_ = std::move(*records);
  auto samples = SampleTable::prepare(database_);
  if (!samples) return std::unexpected(samples.error());
  samples_ = std::move(*samples);
  auto gap =
      database_.prepare("INSERT INTO gap(run, from_ns, to_ns, count, cause) VALUES(?1, ?2, ?3, ?4, ?5)");
  if (!gap) return std::unexpected(gap.error());
  insert_gap_ = std::move(*gap);
  auto commit = database_.prepare(
      "UPDATE run SET last_commit = max(last_commit, ?2), id_last = max(id_last, ?3)"
      " WHERE id = ?1");
  if (!commit) return std::unexpected(commit.error());
  note_commit_ = std::move(*commit);
  return {};
}

Result<void> HistoryStore::write_gap(const Gap& gap, std::int64_t run) {
  insert_gap_.bind(1, run);
  insert_gap_.bind(2, gap.from_ns);
  insert_gap_.bind(3, gap.to_ns);
  insert_gap_.bind(4, static_cast<std::int64_t>(gap.count));
  insert_gap_.bind(5, std::string_view(gap.cause));
  return database_.run(insert_gap_);
}

Result<void> HistoryStore::note_commit(const Batch& batch, MonoTime now) {
  note_commit_.bind(1, run_.id);
  note_commit_.bind(2, run_.clock.real_ns(now));
  note_commit_.bind(3, static_cast<std::int64_t>(batch.largest_id()));
  return database_.run(note_commit_);
}

Result<HistoryStore::Outcome> HistoryStore::write(Batch& batch, MonoTime now) {
  Outcome outcome;
  outcome.written = batch.ordered().size();
  const auto all = [&]() -> Result<void> {
    if (auto done = records_.write(database_, batch, run_.id, run_.clock); !done) return done;
    for (const HostSample& sample : batch.samples()) {
      if (auto done = samples_.write(database_, sample, run_.id, run_.clock); !done) return done;
    }
    for (const Gap& gap : batch.gaps()) {
      if (auto done = write_gap(gap, run_.id); !done) return done;
    }
    for (const std::uint64_t id : batch.lost_ends()) {
      if (auto done = records_.lose_end(database_, id); !done) return done;
    }
    if (auto done = records_.flush(database_, run_.clock.real_ns(now)); !done) return done;
    auto retired = retention_.apply(database_, records_, run_.clock.real_ns(now), outcome.written);
    if (!retired) return std::unexpected(retired.error());
    outcome.retired = *retired;
    return note_commit(batch, now);
  };
  if (auto done = all(); !done) return std::unexpected(done.error());
  return outcome;
}

void HistoryStore::shorten_log() {
  // When the checkpointing thread does not keep up, commits have to wait for the disk after all: the allowed
  // size has room for three portions (see Retention).
  constexpr int kMostPortions = 3;
  if (log_pages_ >= kMostPortions * checkpoint_pages_) {
    (void)sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  } else if (log_pages_ >= checkpoint_pages_) {
    checkpointer_->request();
  }
}

Result<HistoryStore::Outcome> HistoryStore::commit(Batch& batch, MonoTime now) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  const std::int64_t run = run_.id;
  const WallClock clock = run_.clock;
  auto begun_anew = next_clock_ ? begin_run_of_clock(*next_clock_, now) : Result<void>();
  auto outcome = begun_anew ? write(batch, now) : Result<Outcome>(std::unexpected(begun_anew.error()));
  if (outcome) {
    if (auto done = database_.execute("COMMIT"); !done) outcome = std::unexpected(done.error());
  }
  if (outcome) {
    next_clock_.reset();
    records_.committed();
    shorten_log();
    return outcome;
  }
  database_.try_to("ROLLBACK");  // SQLite may have done it already
  run_.id = run;
  run_.clock = clock;
  records_.rolled_back();
  samples_.forget();
  return outcome;
}

Result<void> HistoryStore::pack_summaries() {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = records_.finish(database_);
  if (done) done = database_.execute("COMMIT");
  if (!done) {
    database_.try_to("ROLLBACK");
    records_.rolled_back();
  }
  return done;
}

Result<void> HistoryStore::end_run(MonoTime now) {
  if (auto done = pack_summaries(); !done) return done;
  return mark_clean_end(now);
}

Result<void> HistoryStore::mark_clean_end(MonoTime now) {
  auto end =
      database_.prepare("UPDATE run SET clean_end = 1, last_commit = max(last_commit, ?2) WHERE id = ?1");
  if (!end) return std::unexpected(end.error());
  end->bind(1, run_.id);
  end->bind(2, run_.clock.real_ns(now));
  return database_.run(*end);
}

std::uint64_t HistoryStore::bytes() const {
  std::uint64_t sum = 0;
  for (const char* const suffix : {"", "-wal"}) {
    struct stat status {};
    if (stat((database_.path() + suffix).c_str(), &status) == 0)
      sum += static_cast<std::uint64_t>(status.st_size);
  }
  return sum;
}

}  // namespace conntrail::store
