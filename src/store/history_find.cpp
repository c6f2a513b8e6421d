// HistoryReader::find() by the two ends of a connection.
#include <fmt/format.h>

#include <algorithm>

#include "history_keys.h"
#include "reader_impl.h"

namespace conntrail::store {
namespace {

// " AND r.remote_addr IN (…) AND r.remote_port = …" for one end; empty parts mean any.
std::string end_sql(std::string_view side, const Endpoint& end) {
  std::string out;
  if (end.address.family != Family::unspecified) {
    const std::string text = to_string(end.address);
    // An address is meant, whichever socket it is on.
    const std::string other = end.address.family == Family::inet ? "::ffff:" + text
                              : end.address.is_v4_mapped()       ? to_string(end.address.unmapped())
                                                                 : text;
    out += fmt::format(" AND r.{}_addr IN ('{}', '{}')", side, text, other);
  }
  if (end.port != 0) out += fmt::format(" AND r.{}_port = {}", side, end.port);
  return out;
}

Result<void> rank_both_ways(const Database& database, std::string_view from, const Endpoint& one,
                            const Endpoint& other, Ranking& ranking) {
  const std::string straight = end_sql("local", one) + end_sql("remote", other);
  const std::string reverse = end_sql("local", other) + end_sql("remote", one);
  if (auto done = rank(database, std::string(from) + straight, SortKey::id, ranking); !done) return done;
  if (straight == reverse) return {};
  if (auto done = rank(database, std::string(from) + reverse, SortKey::id, ranking); !done) return done;
  // Both ways fit where an end was left open.
  std::ranges::sort(ranking.known);
  const auto twice = std::ranges::unique(ranking.known);
  ranking.known.erase(twice.begin(), twice.end());
  return {};
}

}  // namespace

Result<std::vector<HistoryRecord>> HistoryReader::find(const Endpoint& one, const Endpoint& other,
                                                       std::size_t most) const {
  const Database& database = impl_->database_;
  const ReadTransaction transaction(database);
  std::vector<std::int64_t> buckets;
  auto done = each_row(database, "SELECT bucket FROM bucket ORDER BY bucket DESC",
                       [&](const Statement& row) -> Result<bool> {
                         buckets.push_back(row.integer(0));
                         return true;
                       });
  if (!done) return std::unexpected(done.error());
  std::vector<std::int64_t> ids;
  const auto add = [&](std::string_view from) -> Result<void> {
    Ranking ranking;
    if (auto ranked = rank_both_ways(database, from, one, other, ranking); !ranked) return ranked;
    const auto newest = ranking.ids(true, most - ids.size());
    ids.insert(ids.end(), newest.begin(), newest.end());
    return {};
  };
  if (done = add("record r INDEXED BY record_alive WHERE r.bucket IS NULL"); !done)
    return std::unexpected(done.error());
  for (const std::int64_t bucket : buckets) {
    if (ids.size() >= most) break;
    if (done = add(fmt::format(
            "record r INDEXED BY record_ended WHERE r.bucket IS NOT NULL AND r.bucket = {}", bucket));
        !done) {
      return std::unexpected(done.error());
    }
  }
  return fetch(database, ids);
}

}  // namespace conntrail::store
