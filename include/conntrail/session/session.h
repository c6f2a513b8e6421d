// Session: sources wired to the tracker. Attaches to the kernel, merges the starting snapshot, consumes
// events, repairs after loss and confirms time-wait sockets; without BPF it compares snapshots instead.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/kernel/event_stream.h"
#include "conntrail/session/capture_start.h"
#include "conntrail/session/clock_watch.h"
#include "conntrail/session/host_sampler.h"
#include "conntrail/session/listener_check.h"
#include "conntrail/session/namespace_names.h"
#include "conntrail/session/snapshot_worker.h"
#include "conntrail/session/titles.h"
#include "conntrail/session/tracker_input.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

struct SessionOptions {
  kernel::StreamOptions stream;
  NamespaceChoice namespaces;
  snapshot::Source source = snapshot::Source::automatic;
  bool events = true;                                    // false: polling even where BPF works
  Nanoseconds poll_interval{std::int64_t{250'000'000}};  // of the polling mode
  Nanoseconds resync_interval{0};  // read the whole table this often; 0 = only when something was lost
  // Read the whole table and the processes' file tables this often, or as often as they take no more than one
  // part in `owner_share` of the time; 0 = only at the start.
  Nanoseconds owner_interval{0};
  int owner_share = 20;
  bool statistics = false;  // snapshots of the whole table have byte counts and round-trip times, too
  track::Limits limits;
  bool titles = false;                   // records have their owner's command line (snapshot/process_title.h)
  std::optional<CaptureChoice> capture;  // write down everything that the tracker is told
  // Samples of the host's namespaces this often (see HostSampler), owners named; 0 = none. They go into the
  // capture as well, and a capture has one every second whatever is said here.
  Nanoseconds sample_interval{0};
  std::function<void(const HostSample& sample)> on_sample;
  // The host's clock was set: times that are printed from now on go by this one. A capture is told, too.
  std::function<void(WallClock clock)> on_clock;
  // A namespace of the choice that is gone. At debug: snapshots, losses and their repair, namespaces,
  // samples, what the kernel's side says.
  Messages messages;
};

class Session {
 public:
  using ForkHandler = std::function<void(std::uint32_t parent, std::uint32_t child)>;
  // Called after each batch; false ends run().
  using KeepGoing = std::function<bool(MonoTime now)>;

  // Attaches, takes the starting snapshot and merges it with what happened meanwhile. Where BPF is refused or
  // missing the session polls, and why_polling() says why.
  [[nodiscard]] static Result<std::unique_ptr<Session>> start(const SessionOptions& options,
                                                              track::ChangeSink& sink,
                                                              ForkHandler on_fork = {},
                                                              const std::vector<Connection>& remembered = {});
  // The same in two steps: attach() loses nothing from here on and knows whether it polls; begin() takes and
  // merges the snapshot. `remembered`: connections known from before, of this boot (see Tracker::restore).
  [[nodiscard]] static Result<std::unique_ptr<Session>> attach(const SessionOptions& options,
                                                               track::ChangeSink& sink,
                                                               ForkHandler on_fork = {});
  [[nodiscard]] Result<void> begin(const std::vector<Connection>& remembered = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Consumes until `keep_going` says stop; it is asked at least every `longest_wait`, and at once when
  // `wake_fd` (-1: none) is readable.
  [[nodiscard]] Result<void> run(int wake_fd, Nanoseconds longest_wait, const KeepGoing& keep_going);
  // Takes what is still in the ring and closes the records that wait for nothing more. The answer is the
  // moment up to which everything is known.
  MonoTime finish();
  // A full snapshot with owners, merged now (for tables).
  [[nodiscard]] Result<void> refresh();

  // Time passes without news: tables are as of `now`, here and in a replay.
  void advance(MonoTime now) { input_.advance(now); }
  // What processes say of themselves at this moment, for tables (SessionOptions::titles).
  void renew_titles() {
    titles_.forget();
    tracker_.renew_titles();
  }
  // Writes what is left of the capture and its end mark; 0 bytes when there is none.
  [[nodiscard]] Result<std::uint64_t> finish_capture();
  [[nodiscard]] std::uint64_t capture_bytes() const;
  [[nodiscard]] std::uint64_t event_count() const { return input_.events(); }  // that the tracker was told

  [[nodiscard]] const track::Tracker& tracker() const { return tracker_; }
  [[nodiscard]] bool polling() const { return !stream_; }
  [[nodiscard]] const std::optional<Error>& why_polling() const { return why_polling_; }
  // As they were at the end, once finish() was called.
  [[nodiscard]] EventTotals totals() const;
  [[nodiscard]] const std::vector<std::string>& missing_programs() const;
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  Session(SessionOptions options, track::ChangeSink& sink, ForkHandler on_fork);
  Result<void> open_sources();
  Result<void> open_capture();
  Result<void> merge_start(const std::vector<Connection>& remembered);
  Result<void> merge(Result<SnapshotResult> result);
  void tell_snapshot(const SnapshotResult& taken);
  void tell_gone(const std::vector<std::uint32_t>& namespaces, std::string_view what);
  void remember_notes(const std::vector<std::string>& notes);
  void start_sampler();
  void take_samples(std::vector<HostSample> samples);
  void consume(const SocketEvent& event);
  void account_loss(MonoTime now);
  void request_snapshots(MonoTime now);
  void follow_clock(MonoTime now);
  [[nodiscard]] SnapshotJob time_wait_job() const;
  [[nodiscard]] SnapshotJob full_job() const;
  [[nodiscard]] SnapshotJob chosen_job() const;
  Result<void> wait_for_batch(Nanoseconds timeout);

  SessionOptions options_;
  ForkHandler on_fork_;
  track::Tracker tracker_;
  TrackerInput input_{tracker_};
  ListenerCheck listener_check_;
  NamespaceNames names_;
  Titles titles_;
  std::optional<kernel::EventStream> stream_;
  std::optional<Error> why_polling_;
  std::unique_ptr<SnapshotWorker> worker_;
  std::unique_ptr<HostSampler> sampler_;
  UniqueFd wakers_;  // epoll over the worker and the caller's descriptor
  ClockWatch clock_;
  bool sees_all_ = true;  // of the namespaces looked at, no filter leaves out connections
  MonoTime last_batch_;
  MonoTime last_time_wait_check_;
  MonoTime last_full_;
  MonoTime last_owner_scan_;
  MonoTime last_chosen_check_;
  // Namespaces of the choice that were said to be gone or lost, and those proven to be gone.
  std::vector<std::uint32_t> told_chosen_;
  std::vector<std::uint32_t> gone_chosen_;
  Nanoseconds time_wait_interval_{0};  // grows with what a check costs
  Nanoseconds owner_interval_{0};      // the same for full snapshots with owners
  std::vector<std::string> notes_;
  Messages messages_;
  std::vector<std::uint32_t> told_namespaces_;  // of the last full snapshot
  std::optional<EventTotals> final_totals_;
};

}  // namespace conntrail::session
