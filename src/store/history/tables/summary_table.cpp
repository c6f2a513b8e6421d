#include "history/tables/summary_table.h"

#include <span>

#include "conntrail/base/hash.h"
#include "history/history_flags.h"
#include "history/history_keys.h"

namespace conntrail::store {
namespace {

// Addresses are what people ask for most, so they may have many; each value costs a row per bucket and an
// update per commit.
std::size_t most_values(GroupKey key) {
  switch (key) {
    case GroupKey::remote_addr:
      return 8192;
    case GroupKey::remote_port:
    case GroupKey::local_port:
      return 512;
    default:
      return 1024;
  }
}

constexpr std::size_t kRememberedPlaces = 256;  // some buckets of every key

std::span<const GroupKey> keys_of(int facts) {
  static constexpr std::array kOfFlags{GroupKey::end_reason, GroupKey::closed_first, GroupKey::direction,
                                       GroupKey::family,     GroupKey::state,        GroupKey::error};
  static constexpr std::array kOfProgram{GroupKey::comm, GroupKey::uid, GroupKey::netns, GroupKey::cgroup_id};
  static constexpr std::array kSingle{GroupKey::remote_addr, GroupKey::remote_port, GroupKey::local_addr,
                                      GroupKey::local_port, GroupKey::pid};
  if (facts == 0) return kOfFlags;
  if (facts == 1) return kOfProgram;
  return std::span(kSingle).subspan(static_cast<std::size_t>(facts - 2), 1);
}

// Sums are modulo 2^64, so that adding this takes the group away again.
Group negated(const Group& group) {
  Group out;
  out.connections = -group.connections;
  out.failed = -group.failed;
  out.bytes_sent = -group.bytes_sent;
  out.bytes_received = -group.bytes_received;
  out.retransmits = -group.retransmits;
  out.duration_sum = -group.duration_sum;
  out.durations = -group.durations;
  return out;
}

}  // namespace

std::size_t SummaryTable::Hash::operator()(const CellKey& key) const {
  return combine_hash(kHashSeed, key.first, key.second, key.bucket, static_cast<std::uint64_t>(key.facts));
}

Result<SummaryTable> SummaryTable::prepare(const Database& database) {
  SummaryTable table;
  auto done = database.prepare_all({
      {&table.update_,
       "UPDATE summary SET connections = connections + ?4, failed = failed + ?5, bytes_sent = bytes_sent + "
       "?6,"
       " bytes_received = bytes_received + ?7, retransmits = retransmits + ?8, duration = duration + ?9,"
       " durations = durations + ?10 WHERE dimension = ?1 AND bucket = ?2 AND value = ?3"},
      {&table.insert_, "INSERT INTO summary VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
      {&table.count_values_, "SELECT count(*) FROM summary WHERE dimension = ?1 AND bucket = ?2"},
      {&table.is_full_, "SELECT 1 FROM summary_full WHERE dimension = ?1 AND bucket = ?2"},
      {&table.is_partial_, "SELECT 1 FROM bucket WHERE bucket = ?2 AND partial"},
  });
  if (!done) return std::unexpected(done.error());
  auto large = LargeSummary::prepare(database);
  if (!large) return std::unexpected(large.error());
  table.large_ = std::move(*large);
  return table;
}

void SummaryTable::add_to_large(const SummaryPlace& place, Known& known, const std::string& value,
                                const Group& sum) {
  if (known.large == nullptr) return;
  add_to((*known.large)[value], sum);
  if (known.large->size() <= LargeSummary::kMostValues) return;
  large_.drop(place);
  known.large = nullptr;
}

void SummaryTable::count_cell(const CellKey& key, const Connection& connection, const Group& one) {
  Recent& recent = recent_[key.facts];
  if (recent.cell != nullptr && recent.key == key) return add_to(recent.cell->sum, one);
  const std::span<const GroupKey> keys = keys_of(key.facts);
  if (keys.size() == 1) {
    const SummaryPlace place{keys.front(), key.bucket};
    Known& known = known_[place];
    if (known.full) {
      if (known.large == nullptr) return;
      group_value(connection, keys.front(), value_);
      return add_to_large(place, known, value_, one);
    }
  }
  const auto [cell, added] = cells_.try_emplace(key);
  if (added) {
    for (const GroupKey group_key : keys) {
      cell->second.values.emplace_back(group_key, std::string());
      group_value(connection, group_key, cell->second.values.back().second);
    }
  }
  add_to(cell->second.sum, one);
  recent = {key, &cell->second};
}

void SummaryTable::clear_cells() {
  cells_.clear();
  recent_.fill({});
}

void SummaryTable::count(std::int64_t bucket, const Connection& c, const Group& one, std::int64_t program) {
  using namespace flag;
  constexpr std::int64_t kCounted = kState.pack(-1) | kDirection.pack(-1) | kClosedFirst.pack(-1) |
                                    kEndReason.pack(-1) | kFamily.pack(-1) | kEnded.pack(-1);
  const auto facts = static_cast<std::uint64_t>(pack_flags(c) & kCounted);
  count_cell({kFlags, bucket, facts, static_cast<std::uint64_t>(c.error)}, c, one);
  // `comm` counts only where the process or its program is known.
  count_cell({kProgram, bucket, static_cast<std::uint64_t>(program), c.owner.named() ? 1U : 0U}, c, one);
  const auto [remote_high, remote_low] = c.tuple.remote.address.words();
  count_cell({kRemoteAddr, bucket, remote_high, remote_low, c.tuple.remote.address.family}, c, one);
  count_cell({kRemotePort, bucket, c.tuple.remote.port, 0}, c, one);
  const auto [local_high, local_low] = c.tuple.local.address.words();
  count_cell({kLocalAddr, bucket, local_high, local_low, c.tuple.local.address.family}, c, one);
  count_cell({kLocalPort, bucket, c.tuple.local.port, 0}, c, one);
  count_cell({kPid, bucket, c.owner.pid, 0}, c, one);
}

void SummaryTable::add(std::int64_t bucket, const Connection& connection, MonoTime seen,
                       std::int64_t program) {
  Group one;
  count_in(one, connection, seen);
  count(bucket, connection, one, program);
}

void SummaryTable::remove(std::int64_t bucket, const Connection& connection, MonoTime seen,
                          std::int64_t program) {
  Group one;
  count_in(one, connection, seen);
  count(bucket, connection, negated(one), program);
}

Result<SummaryTable::Known*> SummaryTable::known(const Database& database, const SummaryPlace& place) {
  Known& state = known_[place];
  if (state.loaded) return &state;
  const auto ask = [&](Statement& statement) -> Result<std::int64_t> {
    const ResetAtExit reset(statement);
    statement.bind(1, dimension_of(place.first));
    statement.bind(2, place.second);
    const int code = statement.step();
    if (code == SQLITE_ROW) return statement.integer(0);
    if (code == SQLITE_DONE) return 0;
    return database.failure("read");
  };
  const auto partial = ask(is_partial_);
  if (!partial) return std::unexpected(partial.error());
  const auto full = ask(is_full_);
  if (!full) return std::unexpected(full.error());
  const auto values = ask(count_values_);
  if (!values) return std::unexpected(values.error());
  state.full = *full != 0 || *partial != 0;
  state.values = static_cast<std::size_t>(*values);
  if (*full != 0 && *partial == 0) {
    const auto large = large_.resume(database, place);
    if (!large) return std::unexpected(large.error());
    state.large = *large;
  }
  state.loaded = true;
  return &state;
}

Result<void> SummaryTable::write(const Database& database, const SummaryPlace& place,
                                 const std::string& value, const Group& sum) {
  const auto state = known(database, place);
  if (!state) return std::unexpected(state.error());
  Known& here = **state;
  const auto run = [&](Statement& statement) {
    statement.bind(1, dimension_of(place.first));
    statement.bind(2, place.second);
    statement.bind(3, std::string_view(value));
    statement.bind(4, static_cast<std::int64_t>(sum.connections));
    statement.bind(5, static_cast<std::int64_t>(sum.failed));
    statement.bind(6, static_cast<std::int64_t>(sum.bytes_sent));
    statement.bind(7, static_cast<std::int64_t>(sum.bytes_received));
    statement.bind(8, static_cast<std::int64_t>(sum.retransmits));
    statement.bind(9, sum.duration_sum.count());
    statement.bind(10, static_cast<std::int64_t>(sum.durations));
    return database.run(statement);
  };
  if (!here.full) {
    if (auto done = run(update_); !done) return done;
    if (sqlite3_changes(database.handle()) != 0) return {};
    if (here.values < most_values(place.first)) {
      ++here.values;
      return run(insert_);
    }
    const auto large = large_.take_over(database, place);
    if (!large) return std::unexpected(large.error());
    here.full = true;
    here.large = *large;
  }
  add_to_large(place, here, value, sum);
  return {};
}

void SummaryTable::forget_places(const std::vector<SummaryPlace>& places) {
  for (const SummaryPlace& place : places) known_.erase(place);
}

Result<void> SummaryTable::flush(const Database& database, std::int64_t now_ns) {
  for (const auto& [key, cell] : cells_) {
    for (const auto& [group_key, value] : cell.values) {
      if (auto done = write(database, {group_key, key.bucket}, value, cell.sum); !done) return done;
    }
  }
  clear_cells();
  const auto packed = large_.pack(database, now_ns);
  if (!packed) return std::unexpected(packed.error());
  forget_places(*packed);
  if (known_.size() > kRememberedPlaces) known_.clear();
  return {};
}

Result<void> SummaryTable::finish(const Database& database) {
  const auto packed = large_.pack_all(database);
  if (!packed) return std::unexpected(packed.error());
  forget_places(*packed);
  return {};
}

void SummaryTable::forget() {
  clear_cells();
  known_.clear();
  large_.forget();
}

void SummaryTable::forget_bucket(std::int64_t bucket) {
  std::erase_if(known_, [bucket](const auto& entry) { return entry.first.second == bucket; });
  large_.forget_bucket(bucket);
}

}  // namespace conntrail::store
