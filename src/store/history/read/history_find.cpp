// HistoryReader::find() by the two ends of a connection.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "history/history_keys.h"
#include "history/read/presence.h"
#include "history/read/reader_impl.h"

namespace conntrail::store {
namespace {

// The texts an address has in the table: it is meant whichever socket it is on.
std::vector<std::string> texts_of(const IpAddress& address) {
  if (address.family == Family::unspecified) return {};
  std::vector<std::string> texts{to_string(address)};
  if (address.family == Family::inet) texts.push_back("::ffff:" + texts.front());
  if (address.is_v4_mapped()) texts.push_back(to_string(address.unmapped()));
  return texts;
}

// " AND r.remote_addr IN (…) AND r.remote_port = …" for one end; empty parts mean any.
std::string end_sql(std::string_view side, const Endpoint& end) {
  std::string out;
  if (const auto texts = texts_of(end.address); !texts.empty())
    out += fmt::format(" AND r.{}_addr IN ('{}')", side, fmt::join(texts, "','"));
  if (end.port != 0) out += fmt::format(" AND r.{}_port = {}", side, end.port);
  return out;
}

// A local and a remote end that are looked for.
struct Way {
  Endpoint local;
  Endpoint remote;
};

std::string way_sql(const Way& way) { return end_sql("local", way.local) + end_sql("remote", way.remote); }

// Straight and reverse, once where that is the same.
std::vector<Way> ways_of(const Endpoint& one, const Endpoint& other) {
  std::vector<Way> ways{{one, other}, {other, one}};
  if (way_sql(ways[0]) == way_sql(ways[1])) ways.pop_back();
  return ways;
}

Result<bool> may_be_in(const Database& database, Presence& presence, std::int64_t bucket, const Way& way) {
  const auto number = [](std::uint16_t port) {
    return port == 0 ? std::vector<std::string>() : std::vector<std::string>{std::to_string(port)};
  };
  const std::pair<GroupKey, std::vector<std::string>> wanted[] = {
      {GroupKey::local_addr, texts_of(way.local.address)},
      {GroupKey::remote_addr, texts_of(way.remote.address)},
      {GroupKey::local_port, number(way.local.port)},
      {GroupKey::remote_port, number(way.remote.port)},
  };
  for (const auto& [key, values] : wanted) {
    if (values.empty()) continue;
    const auto may = presence.may_have(database, bucket, key, values);
    if (!may || !*may) return may;
  }
  return true;
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
  auto presence = Presence::prepare(database);
  if (!presence) return std::unexpected(presence.error());
  const std::vector<Way> ways = ways_of(one, other);
  std::vector<std::int64_t> ids;
  const auto take_newest = [&](Ranking& ranking) {
    // Both ways fit where an end was left open.
    std::ranges::sort(ranking.known);
    const auto twice = std::ranges::unique(ranking.known);
    ranking.known.erase(twice.begin(), twice.end());
    const auto newest = ranking.ids(true, most - ids.size());
    ids.insert(ids.end(), newest.begin(), newest.end());
  };
  Ranking alive;
  for (const Way& way : ways) {
    done = rank(database, "record r INDEXED BY record_alive WHERE r.bucket IS NULL" + way_sql(way),
                SortKey::id, alive);
    if (!done) return std::unexpected(done.error());
  }
  take_newest(alive);
  for (const std::int64_t bucket : buckets) {
    if (ids.size() >= most) break;
    Ranking ended;
    for (const Way& way : ways) {
      const auto may = may_be_in(database, *presence, bucket, way);
      if (!may) return std::unexpected(may.error());
      if (!*may) continue;
      done =
          rank(database,
               fmt::format("record r INDEXED BY record_ended WHERE r.bucket IS NOT NULL AND r.bucket = {}{}",
                           bucket, way_sql(way)),
               SortKey::id, ended);
      if (!done) return std::unexpected(done.error());
    }
    take_newest(ended);
  }
  return fetch(database, ids);
}

}  // namespace conntrail::store
