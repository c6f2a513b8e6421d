#include "history/read/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "history/history_flags.h"
#include "history/history_row.h"

namespace conntrail::store {
namespace {

constexpr std::int64_t kFirstEver = std::numeric_limits<std::int64_t>::min() / kBucketNs;
constexpr std::int64_t kLastEver = std::numeric_limits<std::int64_t>::max() / kBucketNs;

constexpr std::int64_t kManyBuckets = 48;  // eight hours

// The moment a row is filed under, as settled_ns() has it.
std::string end_sql() {
  return fmt::format(
      "r.base + CASE WHEN r.flags & {} THEN coalesce(r.closed, r.last_event, r.seen)"
      " ELSE coalesce(r.last_event, 0) + r.seen END",
      flag::kEnded.pack(1));
}

bool is_whole_address(const IpPrefix& prefix) {
  return prefix.length == (prefix.address.family == Family::inet ? 32 : 128);
}

// An IPv4 address also stands for its form on an IPv6 socket, as IpPrefix::contains() has it.
std::string address_list(const std::vector<IpPrefix>& prefixes) {
  std::vector<std::string> texts;
  for (const IpPrefix& prefix : prefixes) {
    const std::string text = to_string(prefix.address);
    texts.push_back("'" + text + "'");
    if (prefix.address.family == Family::inet) texts.push_back("'::ffff:" + text + "'");
  }
  return fmt::format("({})", fmt::join(texts, ","));
}

void in_prefixes(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* const prefixes = static_cast<const std::vector<IpPrefix>*>(sqlite3_user_data(context));
  const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  const auto address = text != nullptr ? IpAddress::parse(text) : std::nullopt;
  const bool fits = address && std::ranges::any_of(*prefixes, [&](const IpPrefix& prefix) {
                      return prefix.contains(*address);
                    });
  sqlite3_result_int(context, fits ? 1 : 0);
}

BucketRange range_of(const Condition& condition) {
  BucketRange range{kFirstEver, kLastEver, kFirstEver, kLastEver};
  if (condition.since_ns) {
    range.first = bucket_of(*condition.since_ns);
    const bool begins = *condition.since_ns == range.first * kBucketNs;
    range.first_whole = begins ? range.first : range.first + 1;
  }
  if (condition.until_ns) {
    range.last = bucket_of(*condition.until_ns);
    range.last_whole = range.last - 1;
  }
  return range;
}

}  // namespace

Selection::Selection(const Condition& condition) : condition_(condition), buckets_(range_of(condition)) {
  const auto& prefixes = condition_.remote_prefixes;
  only_time_ = prefixes.empty() && condition_.local_ports.empty() && condition_.remote_ports.empty() &&
               !condition_.open_only;
  if (!prefixes.empty() && std::ranges::all_of(prefixes, is_whole_address)) {
    addresses_ = address_list(prefixes);
    filters_ += " AND r.remote_addr IN " + addresses_;
  } else if (!prefixes.empty()) {
    filters_ += " AND in_prefixes(r.remote_addr)";
  }
  if (!condition_.remote_ports.empty())
    filters_ += fmt::format(" AND r.remote_port IN ({})", fmt::join(condition_.remote_ports, ","));
  if (!condition_.local_ports.empty())
    filters_ += fmt::format(" AND r.local_port IN ({})", fmt::join(condition_.local_ports, ","));
  if (condition_.until_ns)
    filters_ += fmt::format(" AND (r.opened IS NULL OR r.base + r.opened < {})", *condition_.until_ns);
}

std::string Selection::with_filters(const std::string& where) const { return where + filters_; }

std::string Selection::settled(std::int64_t first, std::int64_t last) const {
  std::string since;
  if (condition_.since_ns && first < buckets_.first_whole)
    since = fmt::format(" AND {} >= {}", end_sql(), *condition_.since_ns);
  const std::string buckets = fmt::format("BETWEEN {} AND {}{}", first, last, since);
  // With an address, each bucket of the index is entered at the right place.
  if (!addresses_.empty()) {
    return with_filters(
        "bucket b CROSS JOIN record r INDEXED BY record_ended ON r.bucket = b.bucket"
        " WHERE r.bucket IS NOT NULL AND b.bucket " +
        buckets);
  }
  // For all of many buckets the order of the table is quicker than that of the index.
  const bool all =
      condition_.remote_prefixes.empty() && condition_.remote_ports.empty() && condition_.local_ports.empty();
  const std::string_view index =
      all && last - first >= kManyBuckets ? "NOT INDEXED" : "INDEXED BY record_ended";
  return with_filters(fmt::format("record r {} WHERE r.bucket IS NOT NULL AND r.bucket {}", index, buckets));
}

std::string Selection::of_bucket(std::int64_t bucket) const { return settled(bucket, bucket); }

std::vector<std::string> Selection::beyond() const {
  std::vector<std::string> out;
  std::string alive = "record r INDEXED BY record_alive WHERE r.bucket IS NULL";
  if (condition_.since_ns) {
    alive += fmt::format(" AND (r.flags & {} = 0 OR {} >= {})", flag::kEnded.pack(1), end_sql(),
                         *condition_.since_ns);
  }
  out.push_back(with_filters(alive));
  if (condition_.open_only || buckets_.last == kLastEver) return out;
  // Ended after the time, but was open in it.
  out.push_back(
      with_filters(fmt::format("record r INDEXED BY record_span WHERE r.bucket IS NOT NULL"
                               " AND (r.flags & {}) != 0 AND r.bucket > {}",
                               flag::kSpanning.pack(1), buckets_.last)));
  return out;
}

std::vector<std::string> Selection::parts() const {
  std::vector<std::string> out = beyond();
  if (!condition_.open_only) out.push_back(settled(buckets_.first, buckets_.last));
  return out;
}

Result<void> Selection::install(const Database& database) const {
  const int code = sqlite3_create_function_v2(
      database.handle(), "in_prefixes", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
      const_cast<std::vector<IpPrefix>*>(&condition_.remote_prefixes),  // NOLINT: read only
      in_prefixes, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return database.failure("read");
  return {};
}

}  // namespace conntrail::store
