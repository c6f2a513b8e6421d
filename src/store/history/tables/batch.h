// Records that were handed to the writer and are not in the database yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "conntrail/store/history.h"

namespace conntrail::store {

// Not thread-safe. Its memory is reused after clear(): a connection costs a copy and no allocation once the
// slots have grown. Several versions of one connection may be in it; the newest counts.
class Batch {
 public:
  struct Slot {
    Connection connection;
    MonoTime seen;
    std::uint64_t id = 0;  // in the database
  };

  // Where a connection is.
  struct Place {
    std::uint64_t id = 0;
    std::uint32_t index = 0;  // of its slot
  };

  // False when there was no room below `most_bytes` and nothing was kept.
  bool put(std::uint64_t id, const Connection& connection, MonoTime seen, std::size_t most_bytes);
  void put(const HostSample& sample);
  void put(const Gap& gap) { gaps_.push_back(gap); }
  // The end of this connection was dropped: nobody will write it any more.
  void lose_end(std::uint64_t id) { lost_ends_.push_back(id); }
  // Puts everything of `newer` on top of this.
  void merge(const Batch& newer);
  void clear();

  [[nodiscard]] bool empty() const {
    return used_ == 0 && samples_.empty() && gaps_.empty() && lost_ends_.empty();
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] MonoTime newest() const { return newest_; }  // latest time in it
  [[nodiscard]] std::uint64_t largest_id() const { return largest_id_; }
  // The newest version of each connection, by id, so that new rows are appended to their table.
  [[nodiscard]] std::span<const Place> ordered();
  [[nodiscard]] const Slot& slot(std::uint32_t index) const { return slots_[index]; }
  [[nodiscard]] const std::vector<HostSample>& samples() const { return samples_; }
  [[nodiscard]] const std::vector<Gap>& gaps() const { return gaps_; }
  [[nodiscard]] const std::vector<std::uint64_t>& lost_ends() const { return lost_ends_; }

 private:
  std::vector<Slot> slots_;  // [0, used_) are in use
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t largest_id_ = 0;
  MonoTime newest_;
  std::vector<Place> order_;  // as they came until ordered()
  std::vector<HostSample> samples_;
  std::vector<Gap> gaps_;
  std::vector<std::uint64_t> lost_ends_;
};

}  // namespace conntrail::store
