#include "conntrail/track/tracker.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "events.h"
#include "half_open.h"
#include "held.h"
#include "lifecycle.h"
#include "missing.h"
#include "owners/holders_merge.h"
#include "restore.h"
#include "snapshot_merge.h"
#include "title.h"
#include "tracker_state.h"

namespace conntrail::track {

class Tracker::Impl {
 public:
  Impl(ChangeSink& sink, const Limits& limits) : core(sink, limits) {}
  Core core;
};

Tracker::Tracker(ChangeSink& sink, Limits limits) : impl_(std::make_unique<Impl>(sink, limits)) {}
Tracker::~Tracker() = default;

void Tracker::restore(const Connection& connection) { restore_record(impl_->core, connection); }

namespace {

void apply_event(Core& core, const SocketEvent& event) {
  switch (event.kind) {
    case EventKind::state:
      return apply_state(core, event);
    case EventKind::retransmit:
    case EventKind::synack_retransmit:
      return apply_retransmit(core, event);
    case EventKind::reset_sent:
    case EventKind::reset_received:
      return apply_reset(core, event);
    case EventKind::destroy:
      return apply_destroy(core, event);
    case EventKind::fork:
      return core.listeners.owner_forked(core.records, event.task_pid);
  }
}

}  // namespace

void Tracker::apply(const SocketEvent& event) {
  apply_event(impl_->core, event);
  tell_corrections(impl_->core);
}

void Tracker::apply(const SnapshotScope& scope, std::span<const SocketRow> rows) {
  merge_snapshot(impl_->core, scope, rows);
  tell_corrections(impl_->core);
}

void Tracker::apply(std::span<const SocketHolder> holders, bool complete) {
  merge_holders(impl_->core, holders, complete);
}

void Tracker::apply_loss(std::uint64_t count, MonoTime from, MonoTime to) {
  Core& core = impl_->core;
  core.counters.lost_events += count;
  core.loss_pending = true;
  core.loss_until = std::max(core.loss_until, to);
  core.clones.clear();
  core.records.for_each_living([&](Record& record) {
    if (record.c.opened > to) return;
    record.c.gap = true;
    record.suspect = true;
  });
  core.records.for_each_gone([&](Record& record) {
    if (record.gone_time < from) return false;
    if (record.c.opened > to) return true;
    record.c.gap = true;
    core.sink.on_gone(record.c);
    return true;
  });
  core.sink.on_change(Lost{count, from, to});
}

void Tracker::advance(MonoTime now) {
  Core& core = impl_->core;
  core.look_time = now;
  advance_held(core, now);
  advance_half_open(core, now);
  if (!core.missing.empty()) advance_missing(core, now);
  tell_corrections(core);
  core.watch.advance(core.records, now);
}

void Tracker::finish(MonoTime now) {
  Core& core = impl_->core;
  advance_held(core, MonoTime{std::numeric_limits<std::int64_t>::max()});
  advance_missing(core, MonoTime{std::numeric_limits<std::int64_t>::max()});
  core.records.for_each_living([&](Record& record) {
    if (record.watch == Watch::doubt) {
      report_end(core, record);
    } else if (record.watch == Watch::none && record.c.state == TcpState::close) {
      report_end(core, record);
      retire(core, record, now);
    }
  });
}

void Tracker::name_namespace(std::uint32_t netns, const std::string& name) {
  Core& core = impl_->core;
  if (name.empty()) {
    core.namespace_names.erase(netns);
    return;
  }
  core.namespace_names[netns] = name;
  core.records.for_each_living([&](Record& record) {
    if (record.c.tuple.netns == netns && record.c.netns_name.empty()) record.c.netns_name = name;
  });
}

void Tracker::ask_titles(Titles titles) { impl_->core.titles = std::move(titles); }

void Tracker::renew_titles() {
  Core& core = impl_->core;
  core.records.for_each_living([&core](Record& record) {
    if (!record.c.ended) take_title(core, record, true);
  });
}

bool Tracker::needs_time_wait_check(MonoTime now) const { return impl_->core.watch.needs_check(now); }

std::vector<std::uint32_t> Tracker::time_wait_namespaces() const { return impl_->core.watch.namespaces(); }

std::vector<TimeWaitCount> Tracker::time_wait_counts() const { return impl_->core.watch.counts(); }

std::vector<std::uint32_t> Tracker::living_namespaces() const {
  std::vector<std::uint32_t> all;
  impl_->core.records.for_each_living([&all](const Record& record) {
    const std::uint32_t netns = record.c.tuple.netns;
    if (netns != 0 && std::ranges::find(all, netns) == all.end()) all.push_back(netns);
  });
  return all;
}

bool Tracker::needs_repair() const { return impl_->core.loss_pending; }

void Tracker::for_each(const std::function<void(const Connection&)>& visit) const {
  for (const Record* record : impl_->core.records.in_order()) visit(record->c);
}

void Tracker::for_each_living(const std::function<void(const Connection&)>& visit) const {
  impl_->core.records.for_each_living([&visit](const Record& record) { visit(record.c); });
}

const Connection* Tracker::find_by_cookie(std::uint64_t cookie) const {
  const Record* record = impl_->core.records.find_living(cookie);
  return record != nullptr ? &record->c : nullptr;
}

void Tracker::for_each_listener_of(const SocketEvent& event,
                                   const std::function<void(const Connection&)>& visit) const {
  if (event.kind != EventKind::state || event.from != TcpState::listen || event.to != TcpState::syn_recv)
    return;
  const Core& core = impl_->core;
  const Record* named = event.cookie != 0 ? core.records.find_living(event.cookie) : nullptr;
  if (named != nullptr && named->c.state == TcpState::listen) return visit(named->c);
  if (event.clone_incomplete) return;
  core.listeners.for_each(core.records, event.tuple, [&](const Record& record) { visit(record.c); });
}

std::size_t Tracker::live_count() const { return impl_->core.records.live_count(); }

Counters Tracker::counters() const { return impl_->core.counters; }

}  // namespace conntrail::track
