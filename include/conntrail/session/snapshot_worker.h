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
#include "conntrail/snapshot/snapshot.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

// Which network namespaces a command looks at.
struct NamespaceChoice {
  bool all = true;
  std::vector<snapshot::NetworkNamespace> chosen;  // when not all
};

struct Namespaces {
  std::vector<snapshot::NetworkNamespace> readable;
  bool complete = false;  // every namespace that a process or a name keeps is in `readable`
};
// Those of the choice that are there now.
[[nodiscard]] Result<Namespaces> namespaces_to_read(const NamespaceChoice& choice);

struct SnapshotJob {
  bool time_wait_only = false;
  bool owners = false;  // also scan the processes' file tables
  bool emit_changes = false;
  bool statistics = false;  // byte counts and round-trip times, too
  // Namespaces that are known to have time-wait sockets: one of these that no process and no name keeps any
  // more took its time-wait sockets with it.
  std::vector<std::uint32_t> expected_namespaces;
};

struct SnapshotResult {
  SnapshotJob job;
  SnapshotScope scope;
  snapshot::Snapshot snapshot;
  std::optional<snapshot::OwnerScan> owners;
  Nanoseconds cost{0};  // time that the whole job took
};

// Takes one snapshot now, in the calling thread.
[[nodiscard]] Result<SnapshotResult> take_snapshot(const NamespaceChoice& choice, snapshot::Source source,
                                                   const SnapshotJob& job);

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

  NamespaceChoice choice_;
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
