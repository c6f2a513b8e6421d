// SnapshotWorker: takes snapshots in a thread of its own, so that events are consumed while a large table is
// read.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "conntrail/base/mutex.h"
#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/model/time_wait_count.h"
#include "conntrail/session/namespace_finder.h"
#include "conntrail/session/time_wait_ledger.h"
#include "conntrail/snapshot/snapshot.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

struct SnapshotJob {
  bool time_wait_only = false;
  bool chosen_only = false;  // no table is read: do the namespaces that were chosen still exist?
  bool owners = false;       // also scan the processes' file tables
  bool emit_changes = false;
  bool statistics = false;  // byte counts and round-trip times, too
  // Namespaces that records live in. One of these that does not exist any more took its sockets with it; one
  // that cannot be found is unknown, and nothing is said about its records.
  std::vector<std::uint32_t> expected_namespaces;
  // Not empty: first the kernel's own count of time-wait sockets is compared with these, and only when the
  // kernel has fewer, they are looked at (see TimeWaitLedger).
  std::vector<TimeWaitCount> known_time_wait;
  bool sees_all = true;  // no filter keeps time-wait sockets from being known
};

struct SnapshotResult {
  SnapshotJob job;
  bool looked = true;  // false: the counts agreed, and no table was read
  SnapshotScope scope;
  snapshot::Snapshot snapshot;
  std::optional<snapshot::OwnerScan> owners;
  std::vector<std::uint32_t> gone_namespaces;  // of the expected ones
  std::vector<std::uint32_t>
      lost_namespaces;  // of these, searched for in vain: gone, or kept by what is not seen
  Nanoseconds cost{0};  // time that the whole job took
};

class SnapshotWorker {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SnapshotWorker>> start(NamespaceChoice choice,
                                                                     snapshot::Source source);
  ~SnapshotWorker();
  SnapshotWorker(const SnapshotWorker&) = delete;
  SnapshotWorker& operator=(const SnapshotWorker&) = delete;

  // One job at a time: a job asked for while another runs is dropped (the caller asks again when it is still
  // needed).
  bool request(const SnapshotJob& job);
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] int ready_fd() const { return ready_.get(); }  // readable when a result waits
  [[nodiscard]] std::optional<Result<SnapshotResult>> take_result();

 private:
  SnapshotWorker(NamespaceChoice choice, snapshot::Source source, UniqueFd ready);
  void run(const std::stop_token& stop);
  Result<SnapshotResult> take(const SnapshotJob& job);
  bool kernel_has_fewer(const SnapshotJob& job);
  Result<SnapshotResult> look_for_chosen(const SnapshotJob& job);

  NamespaceFinder finder_;  // this and the ledger are the thread's own
  TimeWaitLedger ledger_;
  snapshot::Source source_;
  UniqueFd ready_;
  bool busy_ = false;  // used by the main thread: a job was given and its result not yet taken
  Mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<SnapshotJob> job_ GUARDED_BY(mutex_);
  std::optional<Result<SnapshotResult>> result_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace conntrail::session
