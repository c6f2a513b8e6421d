#include "batch.h"

#include <algorithm>
#include <limits>
#include <numeric>

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
  const auto [place, added] = by_id_.try_emplace(id, static_cast<std::uint32_t>(used_));
  if (added) {
    const std::size_t bytes = size_of(connection);
    if (bytes_ + bytes > most_bytes) {
      by_id_.erase(place);
      return false;
    }
    bytes_ += bytes;
    if (used_ == slots_.size()) slots_.emplace_back();
    ++used_;
  }
  Slot& slot = slots_[place->second];
  slot.connection = connection;
  slot.connection.id = id;
  slot.seen = seen;
  slot.id = id;
  latest_id_ = id;
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
  if (newer.latest_id_ != 0) latest_id_ = newer.latest_id_;
}

void Batch::clear() {
  constexpr std::size_t kKeptSlots = 65536;  // after a disk that was full for long, memory is given back
  if (slots_.size() > kKeptSlots) {
    slots_.resize(kKeptSlots);
    slots_.shrink_to_fit();
  }
  used_ = 0;
  bytes_ = 0;
  latest_id_ = 0;
  largest_id_ = 0;
  newest_ = {};
  by_id_.clear();
  samples_.clear();
  gaps_.clear();
  lost_ends_.clear();
}

std::span<const std::uint32_t> Batch::ordered() {
  order_.resize(used_);
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::sort(order_, {}, [this](std::uint32_t index) { return slots_[index].id; });
  return order_;
}

}  // namespace conntrail::store
