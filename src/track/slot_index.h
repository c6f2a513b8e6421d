// SlotIndex: a hash index from a key kept elsewhere to slot numbers; keys may repeat. Open addressing, linear
// probing and removal by shifting back, so a table that churns for weeks neither fills with tombstones nor
// allocates per entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conntrail::track {

inline constexpr std::uint32_t kNoSlot = 0xffffffffU;

class SlotIndex {
 public:
  void insert(std::uint64_t hash, std::uint32_t slot) {
    if ((size_ + 1) * 4 > cells_.size() * 3) grow();
    place({short_hash(hash), slot});
    ++size_;
  }

  void erase(std::uint64_t hash, std::uint32_t slot) {
    if (cells_.empty()) return;
    std::size_t i = short_hash(hash) & mask_;
    while (cells_[i].slot != slot) {
      if (cells_[i].slot == kNoSlot) return;
      i = (i + 1) & mask_;
    }
    // Entries behind the hole move up where they may stand in it.
    for (std::size_t next = (i + 1) & mask_; cells_[next].slot != kNoSlot; next = (next + 1) & mask_) {
      const std::size_t home = cells_[next].hash & mask_;
      if (((next - home) & mask_) >= ((next - i) & mask_)) {
        cells_[i] = cells_[next];
        i = next;
      }
    }
    cells_[i].slot = kNoSlot;
    --size_;
  }

  // Calls visit(slot) for every entry whose hash fits, until it returns true; that slot is the answer, else
  // kNoSlot.
  template <class Visit>
  std::uint32_t find(std::uint64_t hash, Visit&& visit) const {
    if (cells_.empty()) return kNoSlot;
    const std::uint32_t wanted = short_hash(hash);
    for (std::size_t i = wanted & mask_; cells_[i].slot != kNoSlot; i = (i + 1) & mask_) {
      if (cells_[i].hash == wanted && visit(cells_[i].slot)) return cells_[i].slot;
    }
    return kNoSlot;
  }

  // Has the place of `hash` fetched: a later call for it finds it in the cache.
  void prefetch(std::uint64_t hash) const {
    if (!cells_.empty()) __builtin_prefetch(&cells_[short_hash(hash) & mask_], 1);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Cell {
    std::uint32_t hash = 0;
    std::uint32_t slot = kNoSlot;
  };

  static std::uint32_t short_hash(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  void place(Cell cell) {
    std::size_t i = cell.hash & mask_;
    while (cells_[i].slot != kNoSlot) i = (i + 1) & mask_;
    cells_[i] = cell;
  }

  void grow() {
    std::vector<Cell> old(cells_.empty() ? 64 : cells_.size() * 2);
    old.swap(cells_);
    mask_ = cells_.size() - 1;
    for (const Cell& cell : old) {
      if (cell.slot != kNoSlot) place(cell);
    }
  }

  std::vector<Cell> cells_;  // a power of two
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace conntrail::track
