#include "history/write/retention.h"

#include <fmt/format.h>

#include <algorithm>

namespace conntrail::store {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kLeastRows = 2000;  // of a portion
// For the log, of which a transaction may need a few megabytes, and for pages that are free but not at the
// end.
constexpr std::uint64_t kReserveBytes = std::uint64_t{3} << 20U;
constexpr int kSamplesAtOnce = 1000;

}  // namespace

std::int64_t checkpoint_pages(std::uint64_t max_bytes) {
  return static_cast<std::int64_t>(std::clamp<std::uint64_t>(max_bytes / kPageBytes / 32, 64, 8192));
}

Result<bool> Retention::too_large(const Database& database) const {
  const auto pages = database.number("PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  const auto free = database.number("PRAGMA freelist_count");
  if (!free) return std::unexpected(free.error());
  const auto used = static_cast<std::uint64_t>(pages->value_or(0) - free->value_or(0)) * kPageBytes;
  const std::uint64_t reserve = std::min(kReserveBytes + max_bytes_ / 10, max_bytes_ / 2);
  return used > max_bytes_ - reserve;
}

Result<std::uint64_t> Retention::retire(const Database& database, RecordTable& records, std::int64_t bucket,
                                        std::uint64_t most) const {
  const auto newest = database.number("SELECT max(bucket) FROM bucket");
  if (!newest) return std::unexpected(newest.error());
  // Readers count a partial bucket by its rows.
  const std::string begin = fmt::format(
      "UPDATE bucket SET partial = 1 WHERE bucket = {0}; DELETE FROM summary_full WHERE bucket = {0};",
      bucket);
  const auto partial = database.number(fmt::format("SELECT partial FROM bucket WHERE bucket = {}", bucket));
  if (!partial) return std::unexpected(partial.error());
  if (partial->value_or(1) == 0) {
    if (auto done = database.execute(begin); !done) return std::unexpected(done.error());
    for (int dimension = 1; dimension <= 15; ++dimension) {
      if (auto done = database.execute(
              fmt::format("DELETE FROM summary WHERE dimension = {} AND bucket = {}", dimension, bucket));
          !done) {
        return std::unexpected(done.error());
      }
    }
    for (int key = 0; key < 18; ++key) {
      if (auto done =
              database.execute(fmt::format("DELETE FROM top WHERE key = {} AND bucket = {}", key, bucket));
          !done) {
        return std::unexpected(done.error());
      }
    }
  }
  records.forget_bucket(bucket);
  // An old bucket goes in the order of its index, which is quickest; of the newest one the oldest rows go.
  const std::string_view order = *newest == bucket ? "ORDER BY id" : "";
  if (auto done = database.execute(
          fmt::format("DELETE FROM record WHERE id IN (SELECT id FROM record INDEXED BY record_ended"
                      " WHERE bucket = {} {} LIMIT {})",
                      bucket, order, most));
      !done) {
    return std::unexpected(done.error());
  }
  const auto gone = static_cast<std::uint64_t>(sqlite3_changes(database.handle()));
  if (gone == most) return gone;
  const std::string end = fmt::format(
      "DELETE FROM bucket WHERE bucket = {0};"
      "DELETE FROM program WHERE last_bucket <= {0} AND id NOT IN (SELECT program FROM record WHERE bucket "
      "IS NULL);"
      "DELETE FROM gap WHERE to_ns < ({0} + 1) * {1};"
      "DELETE FROM host_sample WHERE at < ({0} + 1) * {1};",
      bucket, kBucketNs);
  if (auto done = database.execute(end); !done) return std::unexpected(done.error());
  return gone;
}

Result<std::uint64_t> Retention::apply(const Database& database, RecordTable& records, std::int64_t now_ns,
                                       std::uint64_t written) {
  const auto oldest = database.number("SELECT min(bucket) FROM bucket");
  if (!oldest) return std::unexpected(oldest.error());
  const std::optional<std::int64_t>& bucket = *oldest;
  const bool too_old = bucket && (*bucket + 1) * kBucketNs < now_ns - keep_.count();
  if (!too_old) {
    const auto large = too_large(database);
    if (!large) return std::unexpected(large.error());
    if (!*large) return 0;
  }
  if (bucket) return retire(database, records, *bucket, std::max(kLeastRows, 2 * written));
  // Only samples are left to go.
  if (auto done = database.execute(
          fmt::format("DELETE FROM host_sample WHERE id IN (SELECT id FROM host_sample ORDER BY at LIMIT {})",
                      kSamplesAtOnce));
      !done) {
    return std::unexpected(done.error());
  }
  return 0;
}

}  // namespace conntrail::store
