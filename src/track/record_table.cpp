#include "record_table.h"

#include <algorithm>
#include <utility>

namespace conntrail::track {
namespace {

constexpr std::size_t kUsualSteps = 8;  // longest ordinary life: LISTEN's child through TIME_WAIT to CLOSE

std::uint32_t bytes_of(const Record& record) {
  const Connection& c = record.c;
  std::size_t bytes =
      sizeof(Record) + c.trail.capacity() * sizeof(TrailStep) + c.holders.capacity() * sizeof(Holder);
  bytes += c.owner.comm.capacity() + c.title.capacity() + c.netns_name.capacity() +
           c.marks.capacity() * sizeof(Mark);
  for (const Holder& holder : c.holders) bytes += holder.comm.capacity();
  bytes += 4 * sizeof(std::uint64_t);  // its cells in the indexes
  return static_cast<std::uint32_t>(std::min<std::size_t>(bytes, 0xffffffff));
}

constexpr std::size_t kAhead = 3;

void prefetch(const Record& record) {
  constexpr std::size_t kLine = 64;
  const auto* bytes = reinterpret_cast<const char*>(&record);
  for (std::size_t at = 0; at < sizeof(Record); at += kLine) __builtin_prefetch(bytes + at, 1);
}

// The record of a new connection in a used slot; the trail's memory stays.
void renew(Record& record) {
  std::vector<TrailStep> trail = std::move(record.c.trail);
  const std::uint32_t slot = record.slot;
  record = Record{};
  trail.clear();
  if (trail.capacity() < kUsualSteps || trail.capacity() > 4 * kUsualSteps) {
    trail = {};
    trail.reserve(kUsualSteps);
  }
  record.c.trail = std::move(trail);
  record.slot = slot;
}

}  // namespace

Record& RecordTable::create() {
  std::uint32_t slot = used_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (used_ % kChunk == 0) chunks_.push_back(std::make_unique<Record[]>(kChunk));
    ++used_;
  }
  Record& record = at(slot);
  record.slot = slot;
  renew(record);
  record.in_use = true;
  record.c.id = ++last_id_;
  ++live_;
  return record;
}

void RecordTable::set_cookie(Record& record, std::uint64_t cookie) {
  if (record.c.cookie == cookie) return;
  if (record.c.cookie != 0) cookies_.erase(hash_cookie(record.c.cookie), record.slot);
  record.c.cookie = cookie;
  if (cookie != 0) cookies_.insert(hash_cookie(cookie), record.slot);
}

void RecordTable::set_tuple(Record& record, const FourTuple& tuple) {
  if (record.tuple_indexed) tuples_.erase(hash_of(record.c.tuple), record.slot);
  record.c.tuple = tuple;
  record.tuple_indexed = tuple.local.port != 0 && !record.c.gone;
  if (record.tuple_indexed) tuples_.insert(hash_of(tuple), record.slot);
}

void RecordTable::retire(Record& record) {
  if (record.c.gone) return;
  if (record.tuple_indexed) tuples_.erase(hash_of(record.c.tuple), record.slot);
  record.tuple_indexed = false;
  record.c.gone = true;
  const Remembered entry{record.slot, bytes_of(record)};
  gone_bytes_ += entry.bytes;
  gone_.push_back(entry);
  --live_;
}

void RecordTable::revive(Record& record) {
  if (!record.c.gone) return;
  const auto entry =
      std::ranges::find(gone_, record.slot, &Remembered::slot);  // rare: a snapshot missed a socket
  gone_bytes_ -= entry->bytes;
  gone_.erase(entry);
  record.c.gone = false;
  ++live_;
  set_tuple(record, FourTuple(record.c.tuple));
}

std::uint64_t RecordTable::let_go(std::size_t budget) {
  std::uint64_t count = 0;
  while (gone_bytes_ > budget && !gone_.empty()) {
    const Remembered oldest = gone_.front();
    gone_.pop_front();
    gone_bytes_ -= oldest.bytes;
    release(at(oldest.slot));
    ++count;
    // The next ones to go were last touched long ago: have them fetched by then.
    if (gone_.size() <= kAhead) continue;
    prefetch(at(gone_[kAhead].slot));
    cookies_.prefetch(hash_cookie(at(gone_[1].slot).c.cookie));
  }
  return count;
}

void RecordTable::release(Record& record) {
  set_cookie(record, 0);
  record.in_use = false;
  free_.push_back(record.slot);
}

Record* RecordTable::find(std::uint64_t cookie) {
  Record* newest = nullptr;
  find_if(cookie, [&](Record& record) {
    if (newest == nullptr || record.c.id > newest->c.id) newest = &record;
    return false;
  });
  return newest;
}

const Record* RecordTable::find_living(std::uint64_t cookie) const {
  const Record* newest = nullptr;
  if (cookie == 0) return nullptr;
  cookies_.find(hash_cookie(cookie), [&](std::uint32_t slot) {
    const Record& record = at(slot);
    if (record.c.cookie == cookie && !record.c.gone && (newest == nullptr || record.c.id > newest->c.id)) {
      newest = &record;
    }
    return false;
  });
  return newest;
}

std::vector<const Record*> RecordTable::in_order() const {
  std::vector<const Record*> all;
  all.reserve(live_ + gone_.size());
  for (std::uint32_t slot = 0; slot < used_; ++slot) {
    if (at(slot).in_use) all.push_back(&at(slot));
  }
  std::ranges::sort(all, [](const Record* a, const Record* b) {
    return a->c.gone != b->c.gone ? b->c.gone : a->c.id < b->c.id;
  });
  return all;
}

}  // namespace conntrail::track
