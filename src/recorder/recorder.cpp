#include "conntrail/recorder/recorder.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <utility>

#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"

namespace conntrail::recorder {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A row is on the disk half a second after the writer has it: together less than the second that a killed
// recorder may lose.
constexpr Nanoseconds kRefreshInterval = milliseconds(400);
constexpr Nanoseconds kSampleInterval = seconds(10);
// Queues and byte counts of connections to which nothing else happens come from snapshots of the whole table;
// on a large host they come less often (see SessionOptions).
constexpr Nanoseconds kSnapshotInterval = seconds(1);
// Each such snapshot goes into a capture whole.
constexpr Nanoseconds kSnapshotIntervalWithCapture = seconds(10);
// In a storm the table is large and changes in it arrive as events: the processor is left to the workload.
constexpr int kSnapshotShare = 50;

std::string kernel_release() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.release) : std::string();
}

}  // namespace

session::SessionOptions Recorder::session_options() {
  session::SessionOptions session;
  session.stream.ring_bytes = choice_.ring_bytes;
  session.stream.filter = session::kernel_filter(choice_.common.filter, choice_.common.namespaces);
  session.namespaces = choice_.common.namespaces;
  session.source = choice_.common.source;
  session.events = !choice_.poll;
  session.statistics = true;
  session.titles = choice_.titles;
  session.messages = messages_;
  session.owner_share = kSnapshotShare;
  session.owner_interval = choice_.capture.empty() ? kSnapshotInterval : kSnapshotIntervalWithCapture;
  session.sample_interval = kSampleInterval;
  session.on_clock = [this](WallClock clock) { follow_clock(clock); };
  session.on_sample = [this](const HostSample& sample) { writer_->put(sample); };
  if (!choice_.capture.empty()) {
    session.capture =
        session::CaptureChoice{choice_.capture, clock_, session::describe(session.stream.filter), 0};
  }
  return session;
}

// Attached first: a connection that opens while the database is being opened is not missed.
Result<void> Recorder::start() {
  auto session = session::Session::attach(session_options(), sink_);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  store::Run run;
  run.boot_id = store::boot_id();
  run.kernel = kernel_release();
  run.source = session_->polling() ? "polling" : "events";
  run.clock = clock_;
  run.started = mono_now();
  choice_.writer.messages = messages_.of_room("history");
  auto writer = store::HistoryWriter::open(choice_.writer, run);
  if (!writer) return std::unexpected(writer.error());
  writer_ = std::move(*writer);
  sink_.write_to(*writer_);
  std::vector<Connection> remembered = writer_->remembered();
  remembered_ = remembered.size();
  if (!choice_.titles) {
    for (Connection& connection : remembered) connection.title.clear();
  }
  if (auto begun = session_->begin(remembered); !begun) {
    // The error of begin() is the one that matters.
    [[maybe_unused]] const auto finished = writer_->finish(mono_now());
    return begun;
  }
  return {};
}

void Recorder::say_how_it_records() {
  session::explain_polling(*session_, messages_);
  session::explain_gaps(*session_, messages_);
  const std::string how = fmt::format(
      "recording to {} ({}, at most {}, kept for {}){}", choice_.writer.path,
      session_->polling() ? "by polling" : "from kernel events", choice_.max_size_text, choice_.keep_text,
      remembered_ == 0 ? "" : fmt::format(", with {} connections of the run before", remembered_));
  messages_.note(how);
  manager_.ready(how);
}

bool Recorder::keep_going(MonoTime now) {
  if (now - refreshed_ >= kRefreshInterval) {
    refreshed_ = now;
    sink_.refresh(session_->tracker(), now);
    disk_trouble_.look(*writer_);
    manager_.alive(now);
  }
  while (signals_.next()) deadline_ = now;
  return !deadline_ || now < *deadline_;
}

// A service lives for months; with the clock of its start all times would be wrong from the first step on,
// and readers, who measure the clock afresh, would not find what happened in the last minutes.
void Recorder::follow_clock(WallClock clock) {
  const Nanoseconds step{clock.offset_ns() - clock_.offset_ns()};
  clock_ = clock;
  sink_.change_clock(clock);
  writer_->change_clock(clock);
  messages_.note(fmt::format("the clock of this host went {} by {}; times go by the new one",
                             step.count() > 0 ? "forward" : "back", format_duration(std::chrono::abs(step))));
}

void Recorder::finish() {
  manager_.stopping();
  finished_ = session_->finish();
  sink_.put_all_living(session_->tracker(), finished_);
}

Result<void> Recorder::run() {
  if (auto started = start(); !started) return started;
  if (choice_.on_start) choice_.on_start();
  say_how_it_records();
  const MonoTime begin = mono_now();
  if (choice_.duration) deadline_ = begin + *choice_.duration;
  auto outcome =
      session_->run(signals_.fd(), milliseconds(50), [this](MonoTime now) { return keep_going(now); });
  finish();
  auto captured = session_->finish_capture();
  auto finished = writer_->finish(finished_);
  summary_ = RecordSummary{session_->tracker().counters().connections, writer_->totals(), session_->totals()};
  if (!outcome) return outcome;
  if (!finished) return finished;
  if (!captured) return std::unexpected(captured.error());
  return {};
}

}  // namespace conntrail::recorder
