#include "conntrail/session/snapshot_worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace conntrail::session {

Result<Namespaces> namespaces_to_read(const NamespaceChoice& choice) {
  if (!choice.all) return Namespaces{choice.chosen, false};
  auto list = snapshot::list_namespaces();
  if (!list) return std::unexpected(list.error());
  return Namespaces{std::move(list->namespaces), list->unreadable == 0};
}

Result<SnapshotResult> take_snapshot(const NamespaceChoice& choice, snapshot::Source source,
                                     const SnapshotJob& job) {
  const MonoTime begin = mono_now();
  auto namespaces = namespaces_to_read(choice);
  if (!namespaces) return std::unexpected(namespaces.error());
  snapshot::Request request;
  request.time_wait_only = job.time_wait_only;
  request.source = source;
  request.statistics = job.statistics;
  request.namespaces = namespaces->readable;
  auto taken = snapshot::take(request);
  if (!taken) return std::unexpected(taken.error());

  SnapshotResult result;
  result.job = job;
  result.snapshot = std::move(*taken);
  result.scope.started = result.snapshot.started;
  result.scope.finished = result.snapshot.finished;
  result.scope.namespaces = result.snapshot.complete_namespaces;
  result.scope.time_wait_only = job.time_wait_only;
  result.scope.has_cookies = result.snapshot.source != snapshot::Source::proc;
  result.scope.emit_changes = job.emit_changes;
  result.scope.steered = result.snapshot.steered_namespaces;
  if (namespaces->complete) {
    for (const std::uint32_t expected : job.expected_namespaces) {
      const bool kept =
          std::ranges::any_of(namespaces->readable, [&](const auto& ns) { return ns.inode == expected; });
      if (!kept) result.scope.namespaces.push_back(expected);
    }
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
    : choice_(std::move(choice)),
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
    auto result = take_snapshot(choice_, source_, job);
    {
      const Lock lock(mutex_);
      result_ = std::move(result);
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(ready_.get(), &one, sizeof one);
  }
}

}  // namespace conntrail::session
