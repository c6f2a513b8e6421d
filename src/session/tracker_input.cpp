#include "conntrail/session/tracker_input.h"

namespace conntrail::session {

store::CapturedSnapshot to_captured(const track::SnapshotScope& scope) {
  store::CapturedSnapshot snapshot;
  snapshot.started = scope.started;
  snapshot.finished = scope.finished;
  snapshot.namespaces = scope.namespaces;
  snapshot.time_wait_only = scope.time_wait_only;
  snapshot.has_cookies = scope.has_cookies;
  snapshot.emit_changes = scope.emit_changes;
  return snapshot;
}

track::SnapshotScope to_scope(const store::CapturedSnapshot& snapshot) {
  track::SnapshotScope scope;
  scope.started = snapshot.started;
  scope.finished = snapshot.finished;
  scope.namespaces = snapshot.namespaces;
  scope.time_wait_only = snapshot.time_wait_only;
  scope.has_cookies = snapshot.has_cookies;
  scope.emit_changes = snapshot.emit_changes;
  return scope;
}

void TrackerInput::restore(const Connection& connection) {
  if (capture_) capture_->add(store::CapturedRestore{connection});
  tracker_.restore(connection);
}

void TrackerInput::apply(const SocketEvent& event) {
  ++events_;
  if (capture_) capture_->add(event);
  tracker_.apply(event);
}

void TrackerInput::apply(const track::SnapshotScope& scope, std::vector<SocketRow> rows) {
  tracker_.apply(scope, rows);
  if (!capture_) return;
  store::CapturedSnapshot snapshot = to_captured(scope);
  snapshot.rows = std::move(rows);
  capture_->add(std::move(snapshot));
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

void TrackerInput::note(const HostSample& sample) {
  if (capture_) capture_->add(sample);
}

void TrackerInput::note(const store::CapturedTotals& totals) {
  if (capture_) capture_->add(totals);
}

Result<void> TrackerInput::flush_if_due(MonoTime now) {
  constexpr Nanoseconds kOften = std::chrono::seconds(1);
  if (!capture_ || now - flushed_ < kOften) return {};
  flushed_ = now;
  return capture_->flush();
}

}  // namespace conntrail::session
