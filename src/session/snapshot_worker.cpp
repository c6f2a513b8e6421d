#include "conntrail/session/snapshot_worker.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace conntrail::session {

bool SnapshotWorker::kernel_has_fewer(const SnapshotJob& job) {
  const bool all_known = std::ranges::all_of(job.known_time_wait, [this](const TimeWaitCount& ours) {
    return finder_.last_found(ours.netns) != nullptr;
  });
  // What cannot be found cannot be counted: its records wait for their timers.
  if (!all_known) {
    if (const auto found = finder_.find(job.expected_namespaces, true); !found) return true;
  }
  bool fewer = false;
  for (const TimeWaitCount& ours : job.known_time_wait) {
    const snapshot::NetworkNamespace* const in = finder_.last_found(ours.netns);
    if (in == nullptr) continue;
    const auto kernels = snapshot::count_time_wait(*in);
    fewer = !kernels || ledger_.has_fewer(ours.netns, *kernels, ours.records, job.sees_all) || fewer;
  }
  return fewer;
}

// What is gone has left no time-wait socket.
Result<SnapshotResult> SnapshotWorker::look_for_chosen(const SnapshotJob& job) {
  SnapshotResult result;
  result.job = job;
  result.scope.started = mono_now();
  result.scope.time_wait_only = true;
  auto namespaces = finder_.find(job.expected_namespaces, true);
  if (!namespaces) return std::unexpected(namespaces.error());
  result.gone_namespaces = std::move(namespaces->gone);
  if (namespaces->searched) result.lost_namespaces = std::move(namespaces->unknown);
  for (const snapshot::NetworkNamespace& one : namespaces->readable) {
    const auto cookie = snapshot::ask_cookie(one);
    if (cookie && !may_be_same({one.inode, *cookie}, {one.inode, one.cookie}))
      result.gone_namespaces.push_back(one.inode);
  }
  result.looked = !result.gone_namespaces.empty();
  result.scope.namespaces = result.gone_namespaces;
  result.scope.finished = mono_now();
  result.snapshot.started = result.scope.started;
  result.snapshot.finished = result.scope.finished;
  result.cost = result.scope.finished - result.scope.started;
  return result;
}

Result<SnapshotResult> SnapshotWorker::take(const SnapshotJob& job) {
  if (job.chosen_only) return look_for_chosen(job);
  const MonoTime begin = mono_now();
  SnapshotResult result;
  result.job = job;
  if (!job.known_time_wait.empty() && !kernel_has_fewer(job)) {
    result.looked = false;
    result.cost = mono_now() - begin;
    return result;
  }
  auto namespaces = finder_.find(job.expected_namespaces, job.time_wait_only);
  if (!namespaces) return std::unexpected(namespaces.error());
  snapshot::Request request;
  request.time_wait_only = job.time_wait_only;
  request.source = source_;
  request.statistics = job.statistics;
  request.namespaces = namespaces->readable;
  snapshot::Snapshot taken;
  if (request.namespaces.empty()) {  // nothing but the caller's own would be asked for
    taken.started = begin;
    taken.finished = mono_now();
    taken.source = source_;
  } else {
    auto read = snapshot::take(request);
    if (!read) return std::unexpected(read.error());
    taken = std::move(*read);
  }
  result.snapshot = std::move(taken);
  result.scope.started = result.snapshot.started;
  result.scope.finished = result.snapshot.finished;
  result.scope.namespaces = result.snapshot.complete_namespaces;
  result.scope.time_wait_only = job.time_wait_only;
  result.scope.has_cookies = result.snapshot.source != snapshot::Source::proc;
  result.scope.emit_changes = job.emit_changes;
  result.scope.steered = result.snapshot.steered_namespaces;
  result.scope.cookies = result.snapshot.cookies;
  result.gone_namespaces = std::move(namespaces->gone);
  std::ranges::copy(result.snapshot.replaced_namespaces, std::back_inserter(result.gone_namespaces));
  std::ranges::copy(result.gone_namespaces, std::back_inserter(result.scope.namespaces));
  if (namespaces->searched) result.lost_namespaces = namespaces->unknown;
  for (const std::uint32_t netns : namespaces->unknown) {
    result.snapshot.notes.push_back(
        fmt::format("network namespace {} cannot be found: its connections are shown as last seen", netns));
  }
  if (job.owners) {
    auto owners = snapshot::scan_owners();
    if (!owners) return std::unexpected(owners.error());
    result.owners = std::move(*owners);
  }
  result.cost = mono_now() - begin;
  return result;
}

Result<std::unique_ptr<SnapshotWorker>> SnapshotWorker::start(NamespaceChoice choice,
                                                              snapshot::Source source) {
  UniqueFd ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!ready) return fail_errno("cannot create an event descriptor", errno);
  return std::unique_ptr<SnapshotWorker>(new SnapshotWorker(std::move(choice), source, std::move(ready)));
}

SnapshotWorker::SnapshotWorker(NamespaceChoice choice, snapshot::Source source, UniqueFd ready)
    : finder_(std::move(choice)),
      source_(source),
      ready_(std::move(ready)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SnapshotWorker::~SnapshotWorker() = default;

bool SnapshotWorker::request(const SnapshotJob& job) {
  if (busy_) return false;
  busy_ = true;
  {
    const Lock lock(mutex_);
    job_ = job;
  }
  wake_.notify_one();
  return true;
}

std::optional<Result<SnapshotResult>> SnapshotWorker::take_result() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(ready_.get(), &count, sizeof count);
  const Lock lock(mutex_);
  if (result_) busy_ = false;
  return std::exchange(result_, std::nullopt);
}

void SnapshotWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    SnapshotJob job;
    {
      Lock lock(mutex_);
      if (!wake_.wait(lock.native(), stop, [this]() REQUIRES(mutex_) { return job_.has_value(); })) return;
      if (!job_) continue;
      job = std::move(*job_);
      job_.reset();
    }
    auto result = take(job);
    {
      const Lock lock(mutex_);
      result_ = std::move(result);
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(ready_.get(), &one, sizeof one);
  }
}

}  // namespace conntrail::session
