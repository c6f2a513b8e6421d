// HistoryReader::top(): the first records of an order, from the lists that the recorder keeps per ten
// minutes.
#include <fmt/format.h>

#include "history/history_keys.h"
#include "history/read/reader_impl.h"
#include "history/tables/top_table.h"

namespace conntrail::store {
namespace {

// The lists of whole buckets, and the rows of those that fit in part or have no lists.
Result<void> rank_buckets(const Database& database, const Selection& selection, SortKey sort, bool descending,
                          Ranking& ranking) {
  const BucketRange& buckets = selection.buckets();
  auto done =
      each_row(database,
               fmt::format("SELECT t.value, t.id FROM top t WHERE t.key = {} AND t.bucket BETWEEN {} AND {}",
                           top_key(sort, descending), buckets.first_whole, buckets.last_whole),
               [&](const Statement& row) -> Result<bool> {
                 ranking.known.emplace_back(row.integer(0), row.integer(1));
                 return true;
               });
  if (!done) return done;
  std::vector<std::int64_t> scanned;
  done = each_row(database,
                  fmt::format("SELECT bucket FROM bucket WHERE bucket BETWEEN {} AND {}"
                              " AND (partial OR bucket < {} OR bucket > {})",
                              buckets.first, buckets.last, buckets.first_whole, buckets.last_whole),
                  [&](const Statement& row) -> Result<bool> {
                    scanned.push_back(row.integer(0));
                    return true;
                  });
  if (!done) return done;
  for (const std::int64_t bucket : scanned) {
    if (done = rank(database, selection.of_bucket(bucket), sort, ranking); !done) return done;
  }
  return {};
}

// Unknown values come last; they are wanted only where there are fewer known ones than asked for, and then
// nearly every row is unknown.
Result<void> add_unknown(const Database& database, const Selection& selection, SortKey sort, bool descending,
                         std::size_t most, Ranking& ranking) {
  ranking.unknown.clear();
  for (const std::string& part : selection.parts()) {
    auto done = each_row(database,
                         fmt::format("SELECT r.id FROM {} AND ({}) IS NULL ORDER BY r.id {} LIMIT {}", part,
                                     sort_sql(sort), descending ? "DESC" : "ASC", most),
                         [&](const Statement& row) -> Result<bool> {
                           ranking.unknown.push_back(row.integer(0));
                           return true;
                         });
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<std::vector<HistoryRecord>> HistoryReader::top(const Condition& condition, SortKey sort,
                                                      bool descending, std::size_t count) const {
  const Database& database = impl_->database_;
  const ReadTransaction transaction(database);
  const Selection selection(condition);
  if (auto done = selection.install(database); !done) return std::unexpected(done.error());
  Ranking ranking;
  if (!selection.only_time() || count > kTopDepth) {
    for (const std::string& part : selection.parts()) {
      if (auto done = rank(database, part, sort, ranking); !done) return std::unexpected(done.error());
    }
    return fetch(database, ranking.ids(descending, count));
  }
  if (auto done = rank_buckets(database, selection, sort, descending, ranking); !done)
    return std::unexpected(done.error());
  for (const std::string& part : selection.beyond()) {
    if (auto done = rank(database, part, sort, ranking); !done) return std::unexpected(done.error());
  }
  if (ranking.known.size() < count) {
    if (auto done = add_unknown(database, selection, sort, descending, count, ranking); !done)
      return std::unexpected(done.error());
  }
  return fetch(database, ranking.ids(descending, count));
}

}  // namespace conntrail::store
