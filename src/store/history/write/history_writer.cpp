// HistoryWriter: what is put is collected in memory; a thread writes it three times a second. When the disk
// cannot take it, it is kept up to a bound, then dropped and counted, and the hole is marked.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <thread>
#include <unordered_map>
#include <utility>

#include "conntrail/base/mutex.h"
#include "conntrail/store/history.h"
#include "history/write/history_store.h"

namespace conntrail::store {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr auto kCommitEvery = std::chrono::milliseconds(300);
constexpr auto kHeartbeatEvery = std::chrono::seconds(1);  // an idle recorder tells that it lives
constexpr std::size_t kMostPendingBytes = std::size_t{64} << 20U;
constexpr std::size_t kBehindBytes = kMostPendingBytes / 2;

constexpr std::size_t kMostLostEnds = 1'000'000;

// When rows could not be kept.
struct Drop {
  std::uint64_t rows = 0;
  std::vector<std::uint64_t> ends;  // connections whose last row was among them
  MonoTime from;
  MonoTime to;
  bool failing = false;  // the database refused a commit then; else it was too slow
};

}  // namespace

class HistoryWriter::Impl {
 public:
  Impl(std::unique_ptr<HistoryStore> store, const Run& run, const Messages& messages)
      : messages_(messages),
        store_(std::move(store)),
        lead_(run.started - mono_now()),
        clock_(run.clock),
        thread_([this] { work(); }) {
    for (const Connection& connection : store_->remembered())
      continued_[connection.cookie] = {.id = connection.id};
    continued_.erase(0);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  [[nodiscard]] const std::vector<Connection>& remembered() const { return store_->remembered(); }

  void change_clock(WallClock clock) {
    const Lock lock(mutex_);
    clock_ = clock;
    next_clock_ = clock;
  }

  void put(const Connection& connection, MonoTime now) {
    const Lock lock(mutex_);
    if (pending_.put(id_of(connection), connection, now, room())) return;
    ++totals_.rows_dropped;
    drop(now);
    if (connection.gone && drop_.ends.size() < kMostLostEnds) drop_.ends.push_back(id_of(connection));
  }
  void put(const HostSample& sample) {
    const Lock lock(mutex_);
    if (pending_.bytes() < room()) {
      pending_.put(sample);
    } else {
      drop(sample.time);
    }
  }
  void put(const Gap& gap) {
    const Lock lock(mutex_);
    pending_.put(gap);
  }

  [[nodiscard]] bool behind() const {
    const Lock lock(mutex_);
    return pending_.bytes() + kept_bytes_ > kBehindBytes;
  }

  void flush() {
    Lock lock(mutex_);
    const std::uint64_t wanted = ++flushes_wanted_;
    wake_.notify_one();
    done_.wait(lock.native(), [&]() REQUIRES(mutex_) { return flushes_done_ >= wanted || stopped_; });
  }

  [[nodiscard]] std::optional<Error> take_error() {
    const Lock lock(mutex_);
    return std::exchange(error_, std::nullopt);
  }
  [[nodiscard]] WriterTotals totals() const {
    const Lock lock(mutex_);
    return totals_;
  }

  [[nodiscard]] Result<void> finish(MonoTime now) {
    stop();
    const Lock lock(mutex_);
    if (last_failure_) return std::unexpected(*last_failure_);
    return store_->end_run(now);
  }

 private:
  // A connection of an earlier run goes on in its own row; the next connection of the same socket, which has
  // the cookie too, does not.
  std::uint64_t id_of(const Connection& connection) REQUIRES(mutex_) {
    if (!continued_.empty()) {
      const auto found = continued_.find(connection.cookie);
      if (found != continued_.end()) {
        Continued& row = found->second;
        if (row.tracker_id == 0) row.tracker_id = connection.id;
        if (row.tracker_id == connection.id) return row.id;
      }
    }
    return store_->id_base() + connection.id;
  }
  void drop(MonoTime now) REQUIRES(mutex_) {
    ++drop_.rows;
    if (!drop_.from.known()) drop_.from = now;
    drop_.failing = drop_.failing || last_failure_;
    drop_.to = now;
  }
  [[nodiscard]] std::size_t room() const REQUIRES(mutex_) {
    return kMostPendingBytes - std::min(kept_bytes_, kMostPendingBytes);
  }

  void stop() {
    {
      const Lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void work() {
    writer_thread_.take();
    Lock lock(mutex_);
    while (!stopped_) {
      // From the start of the one before: after a slow commit the next does not wait, or what came meanwhile
      // would be older still.
      const auto due = last_start_ + kCommitEvery;
      wake_.wait_until(lock.native(), due,
                       [this]() REQUIRES(mutex_) { return stopping_ || flushes_wanted_ > flushes_done_; });
      last_start_ = std::chrono::steady_clock::now();
      const bool last = stopping_;
      const std::uint64_t flushes = flushes_wanted_;
      write_pending(last || flushes > flushes_done_);
      if (last && !pending_.empty()) write_pending(true);  // the mark of what was dropped before
      flushes_done_ = flushes;
      stopped_ = last;
      done_.notify_all();
    }
  }

  // The lock is not held while the disk works.
  [[nodiscard]] std::pair<Result<HistoryStore::Outcome>, std::uint64_t> commit(MonoTime now)
      REQUIRES(mutex_, writer_thread_) {
    const Unlocked unlocked(mutex_);
    const SteadyTime start = std::chrono::steady_clock::now();
    auto outcome = store_->commit(batch_, now);
    const std::uint64_t bytes = store_->bytes();
    if (outcome) tell(*outcome, std::chrono::steady_clock::now() - start, bytes);
    return {std::move(outcome), bytes};
  }

  // Takes what is pending and commits it, without holding the lock meanwhile.
  void write_pending(bool asked) REQUIRES(mutex_, writer_thread_) {
    if (batch_.empty()) {
      std::swap(batch_, pending_);
    } else {
      batch_.merge(pending_);
    }
    pending_.clear();
    const MonoTime now = now_of(batch_);
    const SteadyTime start = std::chrono::steady_clock::now();
    if (batch_.empty() && !asked && start - last_commit_ < kHeartbeatEvery) return;
    kept_bytes_ = batch_.bytes();
    if (const auto clock = std::exchange(next_clock_, std::nullopt)) store_->change_clock(*clock);
    const auto [outcome, bytes] = commit(now);
    totals_.bytes = bytes;
    if (!outcome) {
      if (!last_failure_) error_ = outcome.error();
      last_failure_ = outcome.error();
      return;
    }
    last_failure_.reset();
    last_commit_ = start;
    totals_.rows_written += outcome->written;
    totals_.rows_retired += outcome->retired;
    batch_.clear();
    kept_bytes_ = 0;
    note_drop();
  }

  void tell(const HistoryStore::Outcome& outcome, Nanoseconds took, std::uint64_t bytes) const {
    // Several of these make records younger than a second be lost with a recorder that is killed.
    constexpr Nanoseconds kSlow = std::chrono::milliseconds(250);
    const bool slow = took >= kSlow;
    if ((!slow && outcome.retired == 0) || !messages_.wants(MessageLevel::debug)) return;
    std::string text = fmt::format("{} of {} rows took {}", slow ? "a slow commit" : "a commit",
                                   outcome.written, format_duration(took));
    if (outcome.retired > 0)
      text += fmt::format("; {} old rows retired, {} bytes now", outcome.retired, bytes);
    messages_.debug(text);
  }

  // The database takes records again, so the gap is written into it now.
  void note_drop() REQUIRES(mutex_) {
    if (drop_.rows == 0) return;
    pending_.put(Gap{clock_.real_ns(drop_.from), clock_.real_ns(drop_.to), drop_.rows,
                     drop_.failing ? "disk full" : "disk too slow"});
    for (const std::uint64_t id : drop_.ends) pending_.lose_end(id);
    drop_ = {};
  }

  // The recorder's time: that of the newest thing it put, going on while it puts nothing.
  MonoTime now_of(const Batch& batch) REQUIRES(writer_thread_) {
    if (batch.newest().known()) lead_ = batch.newest() - mono_now();
    return mono_now() + lead_;
  }

  Messages messages_;
  // A row of an earlier run, and the record of this one that goes on in it.
  struct Continued {
    std::uint64_t id = 0;
    std::uint64_t tracker_id = 0;  // 0: it has not been put yet
  };

  mutable Mutex mutex_;
  ThreadRole writer_thread_;
  std::condition_variable wake_;
  std::condition_variable done_;

  std::unique_ptr<HistoryStore> store_;  // the thread's alone while it runs
  // What is being written.
  Batch batch_ GUARDED_BY(writer_thread_);
  // Of the recorder's time over ours.
  Nanoseconds lead_ GUARDED_BY(writer_thread_);
  SteadyTime last_commit_ GUARDED_BY(writer_thread_){};
  SteadyTime last_start_ GUARDED_BY(writer_thread_){};

  // By cookie; the same ones from the start on.
  std::unordered_map<std::uint64_t, Continued> continued_ GUARDED_BY(mutex_);
  WallClock clock_ GUARDED_BY(mutex_);
  // The thread has not seen it yet.
  std::optional<WallClock> next_clock_ GUARDED_BY(mutex_);
  Batch pending_ GUARDED_BY(mutex_);
  // Of what is being written or waits for a disk with room.
  std::size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
  Drop drop_ GUARDED_BY(mutex_);
  WriterTotals totals_ GUARDED_BY(mutex_);
  std::optional<Error> error_ GUARDED_BY(mutex_);
  std::optional<Error> last_failure_ GUARDED_BY(mutex_);
  std::uint64_t flushes_wanted_ GUARDED_BY(mutex_) = 0;
  std::uint64_t flushes_done_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(const WriterOptions& options, const Run& run) {
  auto store = HistoryStore::open(options, run);
  if (!store) return std::unexpected(store.error());
  return std::unique_ptr<HistoryWriter>(
      new HistoryWriter(std::make_unique<Impl>(std::move(*store), run, options.messages)));
}

HistoryWriter::HistoryWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryWriter::~HistoryWriter() = default;

const std::vector<Connection>& HistoryWriter::remembered() const { return impl_->remembered(); }
void HistoryWriter::change_clock(WallClock clock) { impl_->change_clock(clock); }
void HistoryWriter::put(const Connection& connection, MonoTime now) { impl_->put(connection, now); }
void HistoryWriter::put(const HostSample& sample) { impl_->put(sample); }
void HistoryWriter::put(const Gap& gap) { impl_->put(gap); }
bool HistoryWriter::behind() const { return impl_->behind(); }
void HistoryWriter::flush() { impl_->flush(); }
std::optional<Error> HistoryWriter::take_error() { return impl_->take_error(); }
WriterTotals HistoryWriter::totals() const { return impl_->totals(); }
Result<void> HistoryWriter::finish(MonoTime now) { return impl_->finish(now); }

}  // namespace conntrail::store
