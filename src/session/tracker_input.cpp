#include "conntrail/session/tracker_input.h"

namespace conntrail::session {

void TrackerInput::restore(const Connection& connection) {
  if (capture_) capture_->add(store::CapturedRestore{connection});
  tracker_.restore(connection);
}

void TrackerInput::apply(const SocketEvent& event) {
  ++events_;
  if (capture_) capture_->add(event);
  tracker_.apply(event);
}

void TrackerInput::apply(const SnapshotScope& scope, std::vector<SocketRow> rows) {
  tracker_.apply(scope, rows);
  if (capture_) capture_->add(store::CapturedSnapshot{scope, std::move(rows)});
}

void TrackerInput::apply(std::vector<SocketHolder> holders, bool complete) {
  tracker_.apply(holders, complete);
  if (capture_) capture_->add(store::CapturedHolders{std::move(holders), complete});
}

void TrackerInput::apply_loss(std::uint64_t count, MonoTime from, MonoTime to) {
  if (capture_) capture_->add(store::CapturedLoss{count, from, to});
  tracker_.apply_loss(count, from, to);
}

void TrackerInput::advance(MonoTime now) {
  if (capture_) capture_->add(store::CapturedTime{now, false});
  tracker_.advance(now);
}

void TrackerInput::finish(MonoTime now) {
  if (capture_) capture_->add(store::CapturedTime{now, true});
  tracker_.finish(now);
}

void TrackerInput::name_namespace(std::uint32_t netns, const std::string& name) {
  if (capture_) capture_->add(store::CapturedNamespace{netns, name});
  tracker_.name_namespace(netns, name);
}

void TrackerInput::note(const HostSample& sample) {
  if (capture_) capture_->add(sample);
}

void TrackerInput::note(const EventTotals& totals) {
  if (capture_) capture_->add(totals);
}

void TrackerInput::note(MonoTime now, WallClock clock) {
  if (capture_) capture_->add(store::CapturedClock{now, clock.offset_ns()});
}

Result<void> TrackerInput::flush_if_due(MonoTime now) {
  constexpr Nanoseconds kOften = std::chrono::seconds(1);
  if (!capture_ || now - flushed_ < kOften) return {};
  flushed_ = now;
  return capture_->flush();
}

}  // namespace conntrail::session
