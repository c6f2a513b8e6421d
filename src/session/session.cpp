#include "conntrail/session/session.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>

#include "conntrail/session/cgroup.h"
#include "share.h"

namespace conntrail::session {
namespace {

using std::chrono::milliseconds;

// A FIN_WAIT2 time-wait socket becomes TIME_WAIT without an event; design §5 promises to tell within a
// second.
constexpr Nanoseconds kTimeWaitCheckInterval = milliseconds(400);
// It costs some 100 µs for each namespace that was chosen; the processes are gone through for one that is
// missing.
constexpr Nanoseconds kChosenCheckInterval = std::chrono::seconds(1);
constexpr Nanoseconds kMissingCheckInterval = std::chrono::seconds(5);
constexpr Nanoseconds kRepairInterval = milliseconds(200);

// A snapshot must not eat the host: it may take at most a twentieth of the time between two of its kind, and
// half of that as long as a change is still told within the second.
Nanoseconds interval_for(Nanoseconds wanted, Nanoseconds cost) {
  constexpr Nanoseconds kPromise = milliseconds(900);
  return std::max({wanted, cost * kShare, std::min(cost * (2 * kShare), kPromise)});
}

Result<void> watch(int epoll_fd, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno("cannot wait for a descriptor", errno);
  return {};
}

void wait_for(int epoll_fd, Nanoseconds timeout) {
  std::array<epoll_event, 4> events{};
  const auto ms = std::chrono::ceil<milliseconds>(timeout).count();
  epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), static_cast<int>(ms));
}

// Of the namespaces that are looked at.
bool lets_all_through(const kernel::KernelFilter& filter) {
  return filter.cgroup_ids.empty() && filter.local_ports.empty() && filter.remote_ports.empty() &&
         filter.either_ports.empty() && filter.local_prefixes.empty() && filter.remote_prefixes.empty() &&
         filter.either_prefixes.empty() && filter.family == Family::unspecified;
}

}  // namespace

Session::Session(SessionOptions options, track::ChangeSink& sink, ForkHandler on_fork)
    : options_(std::move(options)), on_fork_(std::move(on_fork)), tracker_(sink, options_.limits) {
  messages_ = options_.messages.of_room("session");
  sees_all_ = lets_all_through(options_.stream.filter);
  options_.stream.messages = options_.messages;
  if (options_.titles)
    tracker_.ask_titles([this](const Owner& owner) { return titles_.of(owner.pid, mono_now()); });
}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::start(const SessionOptions& options, track::ChangeSink& sink,
                                                ForkHandler on_fork,
                                                const std::vector<Connection>& remembered) {
  auto session = attach(options, sink, std::move(on_fork));
  if (!session) return session;
  if (auto begun = (*session)->begin(remembered); !begun) return std::unexpected(begun.error());
  return session;
}

Result<std::unique_ptr<Session>> Session::attach(const SessionOptions& options, track::ChangeSink& sink,
                                                 ForkHandler on_fork) {
  std::unique_ptr<Session> session(new Session(options, sink, std::move(on_fork)));
  if (auto opened = session->open_sources(); !opened) return std::unexpected(opened.error());
  return session;
}

Result<void> Session::begin(const std::vector<Connection>& remembered) {
  if (auto opened = open_capture(); !opened) return opened;
  if (auto merged = merge_start(remembered); !merged) return merged;
  start_sampler();
  return {};
}

Result<void> Session::open_sources() {
  if (options_.events) {
    auto stream = kernel::EventStream::open(options_.stream);
    if (stream) {
      stream_.emplace(std::move(*stream));
    } else {
      why_polling_ = stream.error();
    }
  }
  auto worker = SnapshotWorker::start(options_.namespaces, options_.source);
  if (!worker) return std::unexpected(worker.error());
  worker_ = std::move(*worker);
  wakers_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!wakers_) return fail_errno("cannot create an epoll descriptor", errno);
  return watch(wakers_.get(), worker_->ready_fd());
}

Result<void> Session::open_capture() {
  if (!options_.capture) return {};
  auto capture = start_capture(*options_.capture, !polling());
  if (!capture) return std::unexpected(capture.error());
  input_.write_to(std::move(*capture));
  return {};
}

// Attach first, then snapshot, then consume: events that come while the table is read are kept aside, so that
// the first ones already find the records and owners of connections that were there before.
Result<void> Session::merge_start(const std::vector<Connection>& remembered) {
  std::vector<SocketEvent> meanwhile;
  last_batch_ = mono_now();
  names_.before(last_batch_, input_);
  for (const Connection& connection : remembered) input_.restore(connection);
  worker_->request(full_job());
  std::optional<Result<SnapshotResult>> result;
  while (!(result = worker_->take_result())) {
    if (stream_) {
      auto polled = stream_->poll(milliseconds(20), wakers_.get(),
                                  [&](const SocketEvent& event) { meanwhile.push_back(event); });
      if (!polled) return std::unexpected(polled.error());
    } else {
      wait_for(wakers_.get(), milliseconds(100));
    }
  }
  if (auto merged = merge(std::move(*result)); !merged) return merged;
  if (options_.titles) renew_titles();
  for (const SocketEvent& event : meanwhile) consume(event);
  const MonoTime now = mono_now();
  account_loss(now);
  last_batch_ = now;
  return {};
}

Result<void> Session::merge(Result<SnapshotResult> result) {
  if (!result) return std::unexpected(result.error());
  SnapshotResult& taken = *result;
  tell_gone(taken.gone_namespaces, "is gone: nothing more comes of it, whoever gets its number");
  tell_gone(taken.lost_namespaces,
            "cannot be found any more: no process, name or descriptor that can be seen here leads to it");
  if (taken.job.chosen_only) {
    last_chosen_check_ = mono_now();
    gone_chosen_.insert(gone_chosen_.end(), taken.gone_namespaces.begin(), taken.gone_namespaces.end());
    if (taken.looked) input_.apply(taken.scope, {});
    return {};
  }
  if (!taken.looked) {
    last_time_wait_check_ = mono_now();
    time_wait_interval_ = interval_for(kTimeWaitCheckInterval, taken.cost);
    return {};
  }
  remember_notes(taken.snapshot.notes);
  if (auto kept = keep_cgroups(options_.stream.filter.cgroup_ids, tracker_, taken.scope, taken.snapshot.rows);
      !kept)
    return kept;
  if (messages_.wants(MessageLevel::debug)) tell_snapshot(taken);
  names_.before(taken.scope.finished, input_);
  input_.apply(taken.scope, std::move(taken.snapshot.rows));
  if (taken.owners) {
    remember_notes(taken.owners->notes);
    input_.apply(std::move(taken.owners->holders), taken.owners->complete);
    last_owner_scan_ = taken.scope.finished;
  }
  const bool full = !taken.job.time_wait_only;
  if (full) {
    last_full_ = taken.scope.finished;
    owner_interval_ = std::max(options_.owner_interval, taken.cost * options_.owner_share);
  }
  last_time_wait_check_ = taken.scope.finished;
  // The owners' part is no part of a look at time-wait sockets.
  time_wait_interval_ =
      interval_for(kTimeWaitCheckInterval, full ? taken.scope.finished - taken.scope.started : taken.cost);
  return {};
}

void Session::tell_snapshot(const SnapshotResult& taken) {
  const bool full = !taken.job.time_wait_only;
  messages_.debug(fmt::format("{}: {} rows of {} namespaces{}, in {}",
                              full ? "snapshot" : "time-wait sockets", taken.snapshot.rows.size(),
                              taken.snapshot.complete_namespaces.size(), taken.owners ? ", with owners" : "",
                              format_duration(taken.cost)));
  if (full && tracker_.needs_repair()) messages_.debug("this snapshot repairs what was lost");
  if (!full) return;
  std::vector<std::uint32_t> now = taken.snapshot.complete_namespaces;
  std::ranges::sort(now);
  std::vector<std::uint32_t> changed;
  std::ranges::set_difference(now, told_namespaces_, std::back_inserter(changed));
  if (!changed.empty()) messages_.debug(fmt::format("new network namespaces: {}", fmt::join(changed, ", ")));
  changed.clear();
  std::ranges::set_difference(told_namespaces_, now, std::back_inserter(changed));
  if (!changed.empty())
    messages_.debug(fmt::format("network namespaces that are gone: {}", fmt::join(changed, ", ")));
  told_namespaces_ = std::move(now);
}

// Of those that a command was asked for by --netns: its lines end, and nobody would know why.
void Session::tell_gone(const std::vector<std::uint32_t>& namespaces, std::string_view what) {
  for (const auto& chosen : options_.namespaces.chosen) {
    if (std::ranges::find(namespaces, chosen.inode) == namespaces.end()) continue;
    if (std::ranges::find(told_chosen_, chosen.inode) != told_chosen_.end()) continue;
    told_chosen_.push_back(chosen.inode);
    options_.messages.note(fmt::format("network namespace {} {}", chosen.inode, what));
  }
}

void Session::start_sampler() {
  constexpr Nanoseconds kOfCaptures = std::chrono::seconds(1);
  if (options_.sample_interval.count() == 0 && options_.capture) options_.sample_interval = kOfCaptures;
  if (options_.sample_interval.count() == 0) return;
  sampler_ = std::make_unique<HostSampler>(options_.namespaces, options_.sample_interval);
}

void Session::take_samples(std::vector<HostSample> samples) {
  if (!samples.empty() && messages_.wants(MessageLevel::debug))
    options_.messages.of_room("sampler").debug(fmt::format("{} namespaces sampled", samples.size()));
  for (HostSample& sample : samples) {
    name_owners(sample, tracker_);
    input_.note(sample);
    if (options_.on_sample) options_.on_sample(sample);
  }
}

void Session::remember_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(note);
  }
}

void Session::consume(const SocketEvent& event) {
  if (event.kind == EventKind::fork && on_fork_) on_fork_(event.task_pid, event.child_pid);
  if (!options_.stream.filter.cgroup_ids.empty() && !is_known_or_full(tracker_, event)) return;
  names_.before(event.time, input_);
  input_.apply(event);
}

void Session::account_loss(MonoTime now) {
  if (!stream_) return;
  const kernel::LossReport loss = stream_->take_loss();
  if (loss.lost == 0) return;
  if (messages_.wants(MessageLevel::debug)) messages_.debug(fmt::format("{} events were lost", loss.lost));
  input_.apply_loss(loss.lost, last_batch_, now);
}

void Session::follow_clock(MonoTime now) {
  const auto clock = clock_.step(now);
  if (!clock) return;
  input_.note(now, *clock);
  if (options_.on_clock) options_.on_clock(*clock);
}

SnapshotJob Session::time_wait_job() const {
  SnapshotJob job;
  job.time_wait_only = true;
  job.expected_namespaces = tracker_.time_wait_namespaces();
  return job;
}

SnapshotJob Session::full_job() const {
  SnapshotJob job;
  job.owners = true;
  job.statistics = options_.statistics;
  job.emit_changes = polling();
  job.expected_namespaces = tracker_.living_namespaces();
  return job;
}

SnapshotJob Session::chosen_job() const {
  SnapshotJob job;
  job.chosen_only = true;
  for (const auto& chosen : options_.namespaces.chosen) {
    if (std::ranges::find(gone_chosen_, chosen.inode) == gone_chosen_.end())
      job.expected_namespaces.push_back(chosen.inode);
  }
  return job;
}

void Session::request_snapshots(MonoTime now) {
  if (worker_->busy()) return;
  const bool some_left = gone_chosen_.size() < options_.namespaces.chosen.size();
  const Nanoseconds pause = told_chosen_.empty() ? kChosenCheckInterval : kMissingCheckInterval;
  if (some_left && now - last_chosen_check_ >= pause) {
    worker_->request(chosen_job());
    return;
  }
  if (polling()) {
    if (now - last_full_ < options_.poll_interval) return;
    worker_->request(full_job());
    return;
  }
  const bool resync_due =
      options_.resync_interval.count() > 0 && now - last_full_ >= options_.resync_interval;
  const bool owners_due = options_.owner_interval.count() > 0 && now - last_owner_scan_ >= owner_interval_;
  if ((tracker_.needs_repair() && now - last_full_ >= kRepairInterval) || resync_due || owners_due) {
    worker_->request(full_job());
  } else if (now - last_time_wait_check_ >= time_wait_interval_) {
    SnapshotJob job = time_wait_job();
    if (!tracker_.needs_time_wait_check(now)) {
      job.known_time_wait = tracker_.time_wait_counts();
      job.sees_all = sees_all_;
      if (job.known_time_wait.empty()) return;
    }
    worker_->request(job);
  }
}

Result<void> Session::wait_for_batch(Nanoseconds timeout) {
  if (!stream_) {
    wait_for(wakers_.get(), timeout);
    return {};
  }
  auto polled = stream_->poll(timeout, wakers_.get(), [this](const SocketEvent& event) {
    listener_check_.before(event, tracker_, input_);
    consume(event);
  });
  if (!polled) return std::unexpected(polled.error());
  return {};
}

Result<void> Session::run(int wake_fd, Nanoseconds longest_wait, const KeepGoing& keep_going) {
  if (wake_fd >= 0) {
    if (auto watched = watch(wakers_.get(), wake_fd); !watched) return watched;
  }
  constexpr Nanoseconds kLongest = milliseconds(200);
  const Nanoseconds wait = std::min(longest_wait, kLongest);
  Result<void> outcome;
  while (outcome) {
    outcome = wait_for_batch(wait);
    if (!outcome) break;
    const MonoTime now = mono_now();
    follow_clock(now);
    account_loss(now);
    last_batch_ = now;
    if (auto result = worker_->take_result()) {
      outcome = merge(std::move(*result));
      if (!outcome) break;
    }
    input_.advance(now);
    if (sampler_) take_samples(sampler_->take());
    request_snapshots(now);
    outcome = input_.flush_if_due(now);
    if (!outcome) break;
    if (!keep_going(now)) break;
  }
  if (wake_fd >= 0) epoll_ctl(wakers_.get(), EPOLL_CTL_DEL, wake_fd, nullptr);
  return outcome;
}

Result<void> Session::refresh() {
  // The job under way was requested earlier; its rows would be older than what the caller wants to show.
  while (worker_->busy()) {
    if (auto waited = wait_for_batch(milliseconds(20)); !waited) return waited;
    if (auto result = worker_->take_result()) {
      if (auto merged = merge(std::move(*result)); !merged) return merged;
    }
  }
  worker_->request(full_job());
  while (worker_->busy()) {
    if (auto waited = wait_for_batch(milliseconds(20)); !waited) return waited;
    account_loss(mono_now());
    if (auto result = worker_->take_result()) {
      if (auto merged = merge(std::move(*result)); !merged) return merged;
    }
  }
  return {};
}

MonoTime Session::finish() {
  if (sampler_) {
    take_samples(sampler_->finish());
    remember_notes(sampler_->notes());
  }
  if (stream_) {
    stream_->drain([this](const SocketEvent& event) { consume(event); });
    account_loss(mono_now());
  }
  const MonoTime now = mono_now();
  input_.finish(now);
  final_totals_ = totals();
  input_.note(*final_totals_);
  return now;
}

Result<std::uint64_t> Session::finish_capture() {
  store::CaptureWriter* const capture = input_.capture();
  if (capture == nullptr) return 0;
  if (auto finished = capture->finish(); !finished) return std::unexpected(finished.error());
  return capture->bytes();
}

std::uint64_t Session::capture_bytes() const {
  const store::CaptureWriter* const capture = input_.capture();
  return capture != nullptr ? capture->bytes() : 0;
}

EventTotals Session::totals() const {
  if (final_totals_) return *final_totals_;
  return stream_ ? stream_->totals() : EventTotals{};
}

const std::vector<std::string>& Session::missing_programs() const {
  static const std::vector<std::string> none;
  return stream_ ? stream_->missing() : none;
}

}  // namespace conntrail::session
