#include "history/tables/batch.h"

#include <algorithm>
#include <limits>

namespace conntrail::store {
namespace {

std::size_t size_of(const Connection& c) {
  return sizeof(Batch::Slot) + c.trail.size() * sizeof(TrailStep) + c.holders.size() * sizeof(Holder);
}

std::size_t size_of(const HostSample& sample) {
  constexpr std::size_t kName = 32;
  return sizeof sample + sample.values.size() * (sizeof(NamedValue) + kName) +
         sample.listeners.size() * sizeof(ListenerSample);
}

}  // namespace

bool Batch::put(std::uint64_t id, const Connection& connection, MonoTime seen, std::size_t most_bytes) {
  const std::size_t bytes = size_of(connection);
  if (bytes_ + bytes > most_bytes) return false;
  bytes_ += bytes;
  if (used_ == slots_.size()) slots_.emplace_back();
  order_.push_back({id, static_cast<std::uint32_t>(used_)});
  Slot& slot = slots_[used_++];
  slot.connection = connection;
  slot.connection.id = id;
  slot.seen = seen;
  slot.id = id;
  largest_id_ = std::max(largest_id_, id);
  newest_ = std::max(newest_, seen);
  return true;
}

void Batch::put(const HostSample& sample) {
  samples_.push_back(sample);
  bytes_ += size_of(sample);
  newest_ = std::max(newest_, sample.time);
}

void Batch::merge(const Batch& newer) {
  for (std::size_t i = 0; i < newer.used_; ++i) {
    const Slot& slot = newer.slots_[i];
    put(slot.id, slot.connection, slot.seen, std::numeric_limits<std::size_t>::max());
  }
  for (const HostSample& sample : newer.samples_) put(sample);
  for (const Gap& gap : newer.gaps_) put(gap);
  lost_ends_.insert(lost_ends_.end(), newer.lost_ends_.begin(), newer.lost_ends_.end());
}

void Batch::clear() {
  constexpr std::size_t kKeptSlots = 65536;  // after a disk that was full for long, memory is given back
  if (slots_.size() > kKeptSlots) {
    slots_.resize(kKeptSlots);
    slots_.shrink_to_fit();
  }
  used_ = 0;
  bytes_ = 0;
  largest_id_ = 0;
  newest_ = {};
  order_.clear();
  samples_.clear();
  gaps_.clear();
  lost_ends_.clear();
}

std::span<const Batch::Place> Batch::ordered() {
  // The newest of each id first, which is the one that stays.
  std::ranges::sort(
      order_, [](const Place& a, const Place& b) { return a.id != b.id ? a.id < b.id : a.index > b.index; });
  const auto older = std::ranges::unique(order_, {}, &Place::id);
  order_.erase(older.begin(), older.end());
  return order_;
}

}  // namespace conntrail::store
