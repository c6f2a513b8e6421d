#include "history/tables/top_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "history/history_keys.h"

namespace conntrail::store {
namespace {

constexpr std::size_t kLists = kSortKeys.size() * 2;
constexpr std::size_t kStored = kTopDepth + 28;
constexpr std::size_t kCachedBuckets = 4;  // the present one, the one before, and late comers

SortKey key_of(std::size_t index) { return kSortKeys[index / 2]; }
bool is_descending(std::size_t index) { return index % 2 != 0; }

// Whether `a` stands before `b` in the list. Equal values are ordered by id in the same direction.
struct Before {
  bool descending;
  template <class Entry>
  bool operator()(const Entry& a, const Entry& b) const {
    return descending ? b < a : a < b;
  }
};

}  // namespace

std::int64_t top_key(SortKey key, bool descending) {
  return static_cast<std::int64_t>(key) * 2 + (descending ? 1 : 0);
}

void TopTable::Best::exclude(const Entry& entry, bool descending) {
  if (!bound || Before{descending}(entry, *bound)) bound = entry;
}

void TopTable::Best::add(const Entry& entry, bool descending) {
  const Before before{descending};
  if (bound && before(*bound, entry)) return;
  if (heap.size() >= kStored && !before(entry, heap.front())) return exclude(entry, descending);
  heap.push_back(entry);
  std::ranges::push_heap(heap, before);
  changed = true;
  if (heap.size() <= kStored) return;
  std::ranges::pop_heap(heap, before);
  exclude(heap.back(), descending);
  heap.pop_back();
}

void TopTable::Best::remove(std::int64_t id, bool descending) {
  if (std::erase_if(heap, [id](const Entry& entry) { return entry.second == id; }) == 0) return;
  std::ranges::make_heap(heap, Before{descending});
  changed = true;
}

Result<TopTable> TopTable::prepare(const Database& database) {
  TopTable table;
  auto done = database.prepare_all({
      {&table.select_, "SELECT value, id FROM top WHERE key = ?1 AND bucket = ?2 ORDER BY value, id"},
      {&table.insert_, "INSERT OR REPLACE INTO top VALUES(?1, ?2, ?3, ?4)"},
      {&table.delete_, "DELETE FROM top WHERE key = ?1 AND bucket = ?2 AND value = ?3 AND id = ?4"},
      {&table.is_partial_, "SELECT partial FROM bucket WHERE bucket = ?1"},
  });
  if (!done) return std::unexpected(done.error());
  return table;
}

Result<void> TopTable::load(const Database& database, std::int64_t number, Bucket& out) {
  {
    const ResetAtExit reset(is_partial_);
    is_partial_.bind(1, number);
    const int code = is_partial_.step();
    if (code != SQLITE_ROW && code != SQLITE_DONE) return database.failure("read");
    out.partial = code == SQLITE_ROW && is_partial_.integer(0) != 0;
  }
  out.best.resize(kLists);
  for (std::size_t index = 0; index < kLists; ++index) {
    const ResetAtExit reset(select_);
    select_.bind(1, top_key(key_of(index), is_descending(index)));
    select_.bind(2, number);
    Best& best = out.best[index];
    int code = select_.step();
    for (; code == SQLITE_ROW; code = select_.step())
      best.stored.emplace_back(select_.integer(0), select_.integer(1));
    if (code != SQLITE_DONE) return database.failure("read");
    best.heap = best.stored;
    std::ranges::make_heap(best.heap, Before{is_descending(index)});
    // It is no longer known whether there was more.
    if (best.heap.size() >= kTopDepth) best.bound = best.heap.front();
  }
  return {};
}

Result<TopTable::Bucket*> TopTable::bucket(const Database& database, std::int64_t number) {
  const auto found = buckets_.find(number);
  if (found != buckets_.end()) return &found->second;
  Bucket loaded;
  if (auto done = load(database, number, loaded); !done) return std::unexpected(done.error());
  return &(buckets_[number] = std::move(loaded));
}

Result<void> TopTable::add(const Database& database, std::int64_t number, std::int64_t id,
                           const Connection& connection, MonoTime seen, const WallClock& clock) {
  const auto found = bucket(database, number);
  if (!found) return std::unexpected(found.error());
  if ((*found)->partial) return {};
  for (std::size_t i = 0; i < kSortKeys.size(); ++i) {
    const auto value = sort_value(connection, seen, clock, kSortKeys[i]);
    if (!value) continue;
    for (const std::size_t index : {2 * i, 2 * i + 1})
      (*found)->best[index].add({*value, id}, is_descending(index));
  }
  return {};
}

Result<void> TopTable::remove(const Database& database, std::int64_t number, std::int64_t id) {
  const auto found = bucket(database, number);
  if (!found) return std::unexpected(found.error());
  for (std::size_t index = 0; index < (*found)->best.size(); ++index)
    (*found)->best[index].remove(id, is_descending(index));
  return {};
}

Result<void> TopTable::rebuild(const Database& database, std::int64_t number, std::size_t index, Best& best) {
  const std::string value = sort_sql(key_of(index));
  const std::string_view order = is_descending(index) ? "DESC" : "ASC";
  auto rows =
      database.prepare(fmt::format("SELECT {0}, r.id FROM record r WHERE bucket = ?1 AND ({0}) IS NOT NULL"
                                   " ORDER BY 1 {1}, 2 {1} LIMIT {2}",
                                   value, order, kStored));
  if (!rows) return std::unexpected(rows.error());
  rows->bind(1, number);
  best.heap.clear();
  int code = rows->step();
  for (; code == SQLITE_ROW; code = rows->step()) best.heap.emplace_back(rows->integer(0), rows->integer(1));
  if (code != SQLITE_DONE) return database.failure("read");
  std::ranges::make_heap(best.heap, Before{is_descending(index)});
  best.bound.reset();
  if (best.heap.size() == kStored) best.bound = best.heap.front();
  best.changed = true;
  return {};
}

Result<void> TopTable::store(const Database& database, std::int64_t number, std::size_t index, Best& best) {
  std::vector<Entry> now = best.heap;
  std::ranges::sort(now);
  const auto apply = [&](Statement& statement, const std::vector<Entry>& from,
                         const std::vector<Entry>& without) -> Result<void> {
    std::vector<Entry> difference;
    std::ranges::set_difference(from, without, std::back_inserter(difference));
    for (const auto& [value, id] : difference) {
      statement.bind(1, top_key(key_of(index), is_descending(index)));
      statement.bind(2, number);
      statement.bind(3, value);
      statement.bind(4, id);
      if (auto done = database.run(statement); !done) return done;
    }
    return {};
  };
  if (auto done = apply(delete_, best.stored, now); !done) return done;
  if (auto done = apply(insert_, now, best.stored); !done) return done;
  best.stored = std::move(now);
  best.changed = false;
  return {};
}

Result<void> TopTable::flush(const Database& database) {
  for (auto& [number, bucket] : buckets_) {
    for (std::size_t index = 0; index < bucket.best.size(); ++index) {
      Best& best = bucket.best[index];
      if (best.too_short()) {
        if (auto done = rebuild(database, number, index, best); !done) return done;
      }
      if (!best.changed) continue;
      if (auto done = store(database, number, index, best); !done) return done;
    }
  }
  while (buckets_.size() > kCachedBuckets) buckets_.erase(buckets_.begin());
  return {};
}

}  // namespace conntrail::store
