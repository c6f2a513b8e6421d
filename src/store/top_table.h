// The table `top`: for each ten minutes and each key that connections are sorted by, the greatest and the
// least of them, so that a day's longest connection is found among some thousand candidates.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "conntrail/store/history.h"
#include "sqlite.h"

namespace conntrail::store {

inline constexpr std::size_t kTopDepth = 100;  // of each key, direction and bucket

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
  // The best entries as a heap with the worst of them in front.
  struct Best {
    std::vector<Entry> heap;
    std::vector<Entry> stored;  // ascending, as in the table
    bool changed = false;
    bool rebuild = false;  // one of the best went: the next best is known to the rows only
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
