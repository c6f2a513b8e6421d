#include "conntrail/session/replay.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "conntrail/session/tracker_input.h"

namespace conntrail::session {
namespace {

// One run: how to apply each kind of record.
class Teller {
 public:
  Teller(track::Tracker& tracker, const ReplayOptions& options, WallClock clock)
      : tracker_(tracker), options_(options) {
    summary_.clock = clock;
  }

  void operator()(const SocketEvent& event) {
    if (is_later(event.time)) return;
    ++counted_.received;
    if (event.kind == EventKind::fork && options_.on_fork) options_.on_fork(event.task_pid, event.child_pid);
    tracker_.apply(event);
    reach(event.time);
  }
  void operator()(const store::CapturedSnapshot& snapshot) {
    left_out_ = is_later(snapshot.scope.finished);
    if (left_out_) return;
    tracker_.apply(snapshot.scope, snapshot.rows);
    reach(snapshot.scope.finished);
  }
  // Has no time of its own: it follows the snapshot that was taken with it.
  void operator()(const store::CapturedHolders& holders) {
    if (!left_out_) tracker_.apply(holders.holders, holders.complete);
  }
  void operator()(const store::CapturedLoss& loss) {
    if (is_later(loss.from)) return;
    counted_.lost += loss.count;
    tracker_.apply_loss(loss.count, loss.from, loss.to);
  }
  void operator()(const store::CapturedTime& time) {
    if (is_later(time.now)) {
      // The kernel's ring hands events out a little late and not quite in their order.
      constexpr Nanoseconds kEventsArrive = std::chrono::seconds(1);
      summary_.reached_until = true;
      stopped_ = time.now - options_.until > kEventsArrive;
      return;
    }
    if (time.finish) {
      tracker_.finish(time.now);
      summary_.finished = true;
    } else {
      tracker_.advance(time.now);
    }
    reach(time.now);
    if (options_.keep_going && !options_.keep_going(time.now)) stopped_ = true;
  }
  void operator()(const store::CapturedRestore& restore) {
    tracker_.restore(restore.connection);
    if (options_.on_restore) options_.on_restore(restore.connection);
  }
  void operator()(const HostSample& sample) {
    if (!is_later(sample.time) && options_.on_sample) options_.on_sample(sample);
  }

  void operator()(const store::CapturedClock& clock) {
    if (is_later(clock.now)) return;
    summary_.clock = WallClock::with_offset(clock.offset_ns);
    if (options_.on_clock) options_.on_clock(summary_.clock);
  }

  void operator()(const store::CapturedNamespace& named) { tracker_.name_namespace(named.netns, named.name); }

  void operator()(const EventTotals& totals) { totals_ = totals; }

  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] ReplaySummary summary() {
    counted_.tried = counted_.received + counted_.lost;
    summary_.totals = !options_.until.known() && !stopped_ && totals_ ? *totals_ : counted_;
    return summary_;
  }

 private:
  [[nodiscard]] bool is_later(MonoTime time) const { return options_.until.known() && time > options_.until; }
  void reach(MonoTime time) { summary_.ended = std::max(summary_.ended, time); }

  track::Tracker& tracker_;
  const ReplayOptions& options_;
  ReplaySummary summary_;
  EventTotals counted_;
  std::optional<EventTotals> totals_;
  bool left_out_ = false;
  bool stopped_ = false;
};

}  // namespace

Result<Replay> Replay::open(const std::string& path) {
  auto reader = store::CaptureReader::open(path);
  if (!reader) return std::unexpected(reader.error());
  return Replay(std::move(*reader));
}

ResetReasonNames Replay::reset_reasons() const {
  const auto& names = header().reset_reasons;
  return [names = std::map(names.begin(), names.end())](std::uint32_t reason) {
    const auto found = names.find(reason);
    return found != names.end() ? found->second : std::string();
  };
}

ReplaySummary Replay::run(track::Tracker& tracker, const ReplayOptions& options) {
  Teller teller(tracker, options, header().clock);
  while (!teller.stopped()) {
    const auto record = reader_.next();
    if (!record) break;
    std::visit(teller, *record);
  }
  ReplaySummary summary = teller.summary();
  summary.damage = reader_.damage();
  return summary;
}

}  // namespace conntrail::session
