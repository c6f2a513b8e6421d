// Counts of a key that has very many values in one bucket (ports of a busy client): as rows of `summary` they
// would be as many as the connections. They are kept in memory while the bucket fills and packed into
// `summary_full` when it is over. A recorder that is killed before leaves the bucket marked and not packed:
// readers count its rows.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "conntrail/base/hash.h"
#include "conntrail/store/history.h"
#include "conntrail/store/keys.h"
#include "history/sqlite.h"

namespace conntrail::store {

using SummaryPlace = std::pair<GroupKey, std::int64_t>;  // key and bucket

struct SummaryPlaceHash {
  std::size_t operator()(const SummaryPlace& place) const {
    return combine_hash(kHashSeed, static_cast<std::uint64_t>(place.first),
                        static_cast<std::uint64_t>(place.second));
  }
};

class LargeSummary {
 public:
  // Every port, and "not known"; more addresses or processes than this are counted by their rows.
  static constexpr std::size_t kMostValues = 65536;

  [[nodiscard]] static Result<LargeSummary> prepare(const Database& database);

  // Takes over a place that has become too large for `summary`: its rows leave that table. The counts are
  // the caller's to add to; they stay where they are until pack(), drop() or forget().
  [[nodiscard]] Result<Groups*> take_over(const Database& database, const SummaryPlace& place);
  // The counts of a place that is marked, in memory again; null when they were lost or
  // are damaged.
  [[nodiscard]] Result<Groups*> resume(const Database& database, const SummaryPlace& place);
  // Too many even for this.
  void drop(const SummaryPlace& place) { places_.erase(place); }

  // Packs what belongs to buckets that were over two minutes before `now_ns` (wall time), and gives these
  // places: they are no longer in memory.
  [[nodiscard]] Result<std::vector<SummaryPlace>> pack(const Database& database, std::int64_t now_ns);
  [[nodiscard]] Result<std::vector<SummaryPlace>> pack_all(const Database& database);

  // After a rollback: what is in memory may have more than the database.
  void forget() { places_.clear(); }
  void forget_bucket(std::int64_t bucket) {
    std::erase_if(places_, [bucket](const auto& entry) { return entry.first.second == bucket; });
  }

 private:
  [[nodiscard]] Result<void> write(const Database& database, const SummaryPlace& place, const Groups* groups);
  // Those of buckets before `bucket`.
  [[nodiscard]] Result<std::vector<SummaryPlace>> pack_before(const Database& database, std::int64_t bucket);

  Statement select_rows_;
  Statement delete_rows_;
  Statement select_packed_;
  Statement store_;
  std::unordered_map<SummaryPlace, Groups, SummaryPlaceHash> places_;
};

// As in the column `dimension` of the tables.
[[nodiscard]] std::int64_t dimension_of(GroupKey key);

// The counts of a row: connections, failed, bytes_sent, bytes_received, retransmits, duration, durations,
// from `column` on.
[[nodiscard]] Group read_counts(const Statement& row, int column);

}  // namespace conntrail::store
