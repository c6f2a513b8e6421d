// The table `top`: for each ten minutes and each key that connections are sorted by, the greatest and the
// least of them, so that a day's longest connection is found among some thousand candidates.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

// A list has all connections of its bucket or at least this many, for each key and direction.
inline constexpr std::size_t kTopDepth = 100;

// As in the table's column `key`.
[[nodiscard]] std::int64_t top_key(SortKey key, bool descending);

class TopTable {
 public:
  [[nodiscard]] static Result<TopTable> prepare(const Database& database);

  // A connection was settled. Its row is in the table `record` before flush().
  [[nodiscard]] Result<void> add(const Database& database, std::int64_t bucket, std::int64_t id,
                                 const Connection& connection, MonoTime seen, const WallClock& clock);
  // A settled connection's row is about to change or to leave the bucket; add() follows if it stays.
  [[nodiscard]] Result<void> remove(const Database& database, std::int64_t bucket, std::int64_t id);
  // Part of the open transaction.
  [[nodiscard]] Result<void> flush(const Database& database);
  // After a rollback: what is not in the database is forgotten.
  void forget() { buckets_.clear(); }

 private:
  using Entry = std::pair<std::int64_t, std::int64_t>;  // value and id, as in the table
  // The best entries as a heap with the worst of them in front. Some more than kTopDepth are kept, so that
  // one of the best may leave: the next best after them is known to the rows only, and to read those of a
  // busy bucket takes longer than a commit may.
  struct Best {
    std::vector<Entry> heap;
    std::vector<Entry> stored;   // ascending, as in the table
    std::optional<Entry> bound;  // whatever stands before it is in the heap; empty: all there is, is
    bool changed = false;

    void add(const Entry& entry, bool descending);
    void remove(std::int64_t id, bool descending);
    void exclude(const Entry& entry, bool descending);
    [[nodiscard]] bool too_short() const { return bound && heap.size() < kTopDepth; }
  };
  struct Bucket {
    std::vector<Best> best;  // by top_index()
    bool partial = false;    // rows were retired from it: readers look at the rows
  };

  [[nodiscard]] Result<Bucket*> bucket(const Database& database, std::int64_t number);
  [[nodiscard]] Result<void> load(const Database& database, std::int64_t number, Bucket& out);
  [[nodiscard]] Result<void> rebuild(const Database& database, std::int64_t number, std::size_t index,
                                     Best& best);
  [[nodiscard]] Result<void> store(const Database& database, std::int64_t number, std::size_t index,
                                   Best& best);

  Statement select_;
  Statement insert_;
  Statement delete_;
  Statement is_partial_;
  std::map<std::int64_t, Bucket> buckets_;
};

}  // namespace conntrail::store
