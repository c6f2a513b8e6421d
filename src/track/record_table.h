// RecordTable: owns all records, finds them by cookie and by addresses, and lets the oldest gone ones go when
// the byte budget is spent. Records are pooled: a busy host opens and ends tens of thousands a second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "conntrail/base/hash.h"
#include "record.h"

namespace conntrail::track {

class RecordTable {
 public:
  // A new living record, empty but for its id and slot.
  Record& create();
  void set_cookie(Record& record, std::uint64_t cookie);
  // Addresses may change once (SYN_SENT comes before the port is chosen); complete ones (with a local port)
  // are indexed.
  void set_tuple(Record& record, const FourTuple& tuple);

  // The record leaves the living ones and is remembered while the budget lasts.
  void retire(Record& record);
  // A record that was taken for gone lives after all.
  void revive(Record& record);
  // Lets the oldest remembered records go until at most `budget` bytes are used; the answer is how many went.
  std::uint64_t let_go(std::size_t budget);

  // The newest record of that cookie, living or remembered.
  [[nodiscard]] Record* find(std::uint64_t cookie);
  [[nodiscard]] const Record* find_living(std::uint64_t cookie) const;
  // Calls visit(Record&) for each record of that cookie until it returns true.
  template <class Visit>
  Record* find_if(std::uint64_t cookie, Visit&& visit) {
    const std::uint32_t slot = cookies_.find(hash_cookie(cookie), [&](std::uint32_t s) {
      Record& record = at(s);
      return record.c.cookie == cookie && visit(record);
    });
    return slot == kNoSlot ? nullptr : &at(slot);
  }
  // The same for living records with exactly these addresses, in what may be the same namespace.
  template <class Visit>
  Record* find_if(const FourTuple& tuple, Visit&& visit) {
    const std::uint32_t slot = tuples_.find(hash_of(tuple), [&](std::uint32_t s) {
      Record& record = at(s);
      return may_be_same(record.c.tuple, tuple) && visit(record);
    });
    return slot == kNoSlot ? nullptr : &at(slot);
  }

  template <class Visit>
  void for_each_living(Visit&& visit) {
    for (std::uint32_t slot = 0; slot < used_; ++slot) {
      Record& record = at(slot);
      if (record.in_use && !record.c.gone) visit(record);
    }
  }
  // Newest first, until visit returns false.
  template <class Visit>
  void for_each_gone(Visit&& visit) {
    for (auto slot = gone_.rbegin(); slot != gone_.rend(); ++slot) {
      if (!visit(at(slot->slot))) return;
    }
  }
  // Living ones by id, then gone ones by id.
  [[nodiscard]] std::vector<const Record*> in_order() const;

  [[nodiscard]] Record& at(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  [[nodiscard]] const Record& at(std::uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  [[nodiscard]] std::size_t live_count() const { return live_; }

 private:
  static constexpr std::uint32_t kChunk = 256;
  static std::uint64_t hash_cookie(std::uint64_t cookie) { return combine_hash(kHashSeed, cookie); }

  void release(Record& record);

  std::vector<std::unique_ptr<Record[]>> chunks_;  // addresses of records never change
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;  // slots ever handed out
  SlotIndex cookies_;       // living and remembered
  SlotIndex tuples_;        // living
  struct Remembered {
    std::uint32_t slot = kNoSlot;
    std::uint32_t bytes = 0;
  };
  std::deque<Remembered> gone_;  // oldest first
  std::size_t gone_bytes_ = 0;
  std::size_t live_ = 0;
  std::uint64_t last_id_ = 0;
};

}  // namespace conntrail::track
