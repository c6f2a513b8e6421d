// HistoryReader::group(): counted from the summaries; rows are looked at only where there are none.
#include <fmt/format.h>

#include <algorithm>

#include "history/read/reader_impl.h"
#include "history/read/scan_group.h"
#include "history/tables/large_summary.h"
#include "history/tables/packed_groups.h"

namespace conntrail::store {
namespace {

// Where more than these have no summary, all rows of the time are read in the order of the table, which is
// far quicker than bucket by bucket.
constexpr std::size_t kBucketsOneByOne = 6;

Result<void> add_summaries(const Database& database, const BucketRange& buckets, GroupKey key,
                           Groups& groups) {
  return each_row(
      database,
      fmt::format("SELECT value, sum(connections), sum(failed), sum(bytes_sent), sum(bytes_received),"
                  " sum(retransmits), sum(duration), sum(durations) FROM summary"
                  " WHERE dimension = {} AND bucket BETWEEN {} AND {} GROUP BY value",
                  dimension_of(key), buckets.first_whole, buckets.last_whole),
      [&](const Statement& row) -> Result<bool> {
        add_to(groups[std::string(row.text(0))], read_counts(row, 1));
        return true;
      });
}

Result<void> add_packed(const Database& database, const BucketRange& buckets, GroupKey key, Groups& groups) {
  return each_row(
      database,
      fmt::format("SELECT packed, bucket FROM summary_full WHERE dimension = {} AND bucket BETWEEN {} AND {}"
                  " AND packed IS NOT NULL",
                  dimension_of(key), buckets.first_whole, buckets.last_whole),
      [&](const Statement& row) -> Result<bool> {
        if (unpack_groups(row.blob(0), groups)) return true;
        return fail("cannot count the connections of " + database.path(),
                    fmt::format("the summary of the ten minutes {} is damaged", row.integer(1)),
                    "ask for another time with --since and --until");
      });
}

// Buckets at the edges of the time, those of which rows were retired, and those with too many
// values of which the recorder has not kept the counts.
Result<std::vector<std::int64_t>> buckets_to_count(const Database& database, const BucketRange& buckets,
                                                   GroupKey key) {
  std::vector<std::int64_t> out;
  auto done = each_row(
      database,
      fmt::format("SELECT b.bucket FROM bucket b WHERE b.bucket BETWEEN {} AND {} AND (b.partial"
                  " OR b.bucket < {} OR b.bucket > {} OR EXISTS(SELECT 1 FROM summary_full f"
                  " WHERE f.dimension = {} AND f.bucket = b.bucket AND f.packed IS NULL))",
                  buckets.first, buckets.last, buckets.first_whole, buckets.last_whole, dimension_of(key)),
      [&](const Statement& row) -> Result<bool> {
        out.push_back(row.integer(0));
        return true;
      });
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<void> count_parts(const Database& database, const std::vector<std::string>& parts, GroupKey key,
                         Groups& groups) {
  for (const std::string& part : parts) {
    if (auto done = count_rows(database, part, key, groups); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::vector<Group>> HistoryReader::group(const Condition& condition, GroupKey key) const {
  const Database& database = impl_->database_;
  const ReadTransaction transaction(database);
  const Selection selection(condition);
  if (auto done = selection.install(database); !done) return std::unexpected(done.error());
  Groups groups;
  if (!selection.only_time()) {
    if (auto done = count_parts(database, selection.parts(), key, groups); !done)
      return std::unexpected(done.error());
    return largest_first(std::move(groups));
  }
  if (auto done = add_summaries(database, selection.buckets(), key, groups); !done)
    return std::unexpected(done.error());
  if (auto done = add_packed(database, selection.buckets(), key, groups); !done)
    return std::unexpected(done.error());
  const auto rest = buckets_to_count(database, selection.buckets(), key);
  if (!rest) return std::unexpected(rest.error());
  if (rest->size() > kBucketsOneByOne) {
    groups.clear();
    if (auto done = count_parts(database, selection.parts(), key, groups); !done)
      return std::unexpected(done.error());
    return largest_first(std::move(groups));
  }
  std::vector<std::string> parts = selection.beyond();
  for (const std::int64_t bucket : *rest) parts.push_back(selection.of_bucket(bucket));
  if (auto done = count_parts(database, parts, key, groups); !done) return std::unexpected(done.error());
  return largest_first(std::move(groups));
}

}  // namespace conntrail::store
