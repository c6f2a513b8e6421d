#include "time_wait_watch.h"

#include <algorithm>

namespace conntrail::track {

namespace {

// When time alone makes a timed record worth a look.
MonoTime next_moment(const Record& record) {
  const MonoTime due = record.c.time_wait_expires;
  return record.row_finished < due - kLastLook ? due - kLastLook : due;
}

}  // namespace

void TimeWaitWatch::set(RecordTable& records, Record& record, Watch watch) {
  if (watch == Watch::timed) next_due_ = std::min(next_due_, next_moment(record));
  if (watch == record.watch) return;
  if (record.watch == Watch::none) {
    record.watch_position = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(record.slot);
    record.watch_netns = record.c.tuple.netns;
    auto in = std::ranges::find(namespaces_, record.watch_netns, &TimeWaitCount::netns);
    if (in == namespaces_.end()) in = namespaces_.insert(in, {.netns = record.watch_netns});
    ++in->records;
  } else {
    --count(record.watch);
  }
  if (watch == Watch::none) {
    slots_[record.watch_position] = slots_.back();
    records.at(slots_.back()).watch_position = record.watch_position;
    slots_.pop_back();
    record.watch_position = kNoSlot;
    leave(record.watch_netns);
  } else {
    ++count(watch);
  }
  record.watch = watch;
}

void TimeWaitWatch::leave(std::uint32_t netns) {
  const auto in = std::ranges::find(namespaces_, netns, &TimeWaitCount::netns);
  if (--in->records == 0) namespaces_.erase(in);
}

std::vector<std::uint32_t> TimeWaitWatch::namespaces() const {
  std::vector<std::uint32_t> all;
  all.reserve(namespaces_.size());
  for (const TimeWaitCount& in : namespaces_) all.push_back(in.netns);
  return all;
}

void TimeWaitWatch::advance(RecordTable& records, MonoTime now) {
  if (count(Watch::timed) + count(Watch::closing) == 0 || now < next_due_) return;
  next_due_ = kNever;
  for (const std::uint32_t slot : slots_) {
    Record& record = records.at(slot);
    if (record.watch != Watch::timed && record.watch != Watch::closing) continue;
    const MonoTime due = record.c.time_wait_expires;
    if (due <= now) {
      record.c.time_wait_exit_evidence = Evidence::expected;
      set(records, record, Watch::overdue);
    } else if (next_moment(record) <= now) {
      next_due_ = std::min(next_due_, due);
      set(records, record, Watch::closing);
    } else {
      next_due_ = std::min(next_due_, next_moment(record));
    }
  }
  // On a busy host some timer is due all the time: one pass over the table serves all of a quarter second.
  next_due_ = std::max(next_due_, now + kPause);
}

bool TimeWaitWatch::needs_check(MonoTime now) const {
  return count(Watch::doubt) + count(Watch::waiting) + count(Watch::closing) + count(Watch::overdue) > 0 ||
         (count(Watch::timed) > 0 && now >= next_due_);
}

}  // namespace conntrail::track
