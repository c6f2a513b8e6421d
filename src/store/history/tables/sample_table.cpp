#include "history/tables/sample_table.h"

#include <algorithm>
#include <limits>
#include <string>

#include "history/json_text.h"

namespace conntrail::store {
namespace {

constexpr Nanoseconds kWholeEvery{std::int64_t{60} * 1'000'000'000};
constexpr std::size_t kMostListeners = 1U << 20U;
constexpr std::size_t kMostValues = 1U << 16U;

// {"Tcp.ActiveOpens":7,…}; null: no longer there. `before` null: everything.
std::string encode_values(const std::vector<NamedValue>& now, const std::vector<NamedValue>* before) {
  std::string out = "{";
  const auto add = [&out](const std::string& name, std::optional<std::int64_t> value) {
    if (out.size() > 1) out.push_back(',');
    append_exact_string(out, name);
    out.push_back(':');
    append_integer(out, value);
  };
  static const std::vector<NamedValue> nothing;
  const std::vector<NamedValue>& old = before != nullptr ? *before : nothing;
  auto seen = old.begin();
  for (const NamedValue& value : now) {
    for (; seen != old.end() && seen->name < value.name; ++seen) add(seen->name, std::nullopt);
    const bool same = seen != old.end() && *seen == value;
    if (seen != old.end() && seen->name == value.name) ++seen;
    if (!same) add(value.name, value.value);
  }
  for (; seen != old.end(); ++seen) add(seen->name, std::nullopt);
  return out + "}";
}

// [[cookie, address, port, family, accept_queue, backlog, half_open, drops,
//   pid, uid or null, cgroup_id, comm, owner_source],…]
std::string encode_listeners(const std::vector<ListenerSample>& listeners) {
  std::string out = "[";
  for (const ListenerSample& l : listeners) {
    out += out.size() > 1 ? ",[" : "[";
    append_integer(out, static_cast<std::int64_t>(l.cookie));
    out.push_back(',');
    append_exact_string(out, l.local.address.family == Family::unspecified ? "" : to_string(l.local.address));
    for (const std::int64_t number :
         {std::int64_t{l.local.port}, static_cast<std::int64_t>(l.family), std::int64_t{l.accept_queue},
          std::int64_t{l.backlog}, std::int64_t{l.half_open}, std::int64_t{l.drops},
          std::int64_t{l.owner.pid}}) {
      out.push_back(',');
      append_integer(out, number);
    }
    out.push_back(',');
    append_integer(out, l.owner.has_uid ? std::optional(std::int64_t{l.owner.uid}) : std::nullopt);
    out.push_back(',');
    append_integer(out, static_cast<std::int64_t>(l.owner.cgroup_id));
    out.push_back(',');
    append_exact_string(out, l.owner.comm);
    out.push_back(',');
    append_integer(out, static_cast<std::int64_t>(l.owner.source));
    out.push_back(']');
  }
  return out + "]";
}

template <class Number>
bool next_number(JsonCursor& json, Number& out) {
  std::int64_t value = 0;
  if (!json.take(',') || !json.integer(value)) return false;
  if constexpr (sizeof(Number) < sizeof value) {
    if (value < 0 || value > std::int64_t{std::numeric_limits<Number>::max()}) return false;
  }
  out = static_cast<Number>(value);
  return true;
}

bool decode_owner(JsonCursor& json, Owner& owner) {
  std::optional<std::int64_t> uid;
  std::uint8_t source = 0;
  if (!next_number(json, owner.pid) || !json.take(',') || !json.optional_integer(uid) ||
      !next_number(json, owner.cgroup_id) || !json.take(',') || !json.string(owner.comm) ||
      !next_number(json, source) || source > static_cast<std::uint8_t>(OwnerSource::close)) {
    return false;
  }
  owner.source = static_cast<OwnerSource>(source);
  owner.has_uid = uid.has_value();
  if (uid && (*uid < 0 || *uid > std::numeric_limits<std::uint32_t>::max())) return false;
  owner.uid = static_cast<std::uint32_t>(uid.value_or(0));
  return true;
}

bool decode_listener(JsonCursor& json, ListenerSample& l) {
  std::int64_t cookie = 0;
  std::string address;
  std::uint8_t family = 0;
  if (!json.take('[') || !json.integer(cookie) || !json.take(',') || !json.string(address)) return false;
  l.cookie = static_cast<std::uint64_t>(cookie);
  if (!address.empty()) {
    const auto parsed = IpAddress::parse(address);
    if (!parsed) return false;
    l.local.address = *parsed;
  }
  if (!next_number(json, l.local.port) || !next_number(json, family)) return false;
  if (family != 0 && family != 2 && family != 10) return false;
  l.family = static_cast<Family>(family);
  return next_number(json, l.accept_queue) && next_number(json, l.backlog) &&
         next_number(json, l.half_open) && next_number(json, l.drops) && decode_owner(json, l.owner) &&
         json.take(']');
}

bool decode_listeners(std::string_view text, std::vector<ListenerSample>& out) {
  out.clear();
  JsonCursor json(text);
  const bool ok = each_element(
      json, [&] { return out.size() < kMostListeners && decode_listener(json, out.emplace_back()); });
  return ok && json.at_end();
}

// Changes of `values`, which stay sorted.
bool decode_values(std::string_view text, std::vector<NamedValue>& values) {
  JsonCursor json(text);
  const bool ok = each_member(json, [&](const std::string& name) {
    std::optional<std::int64_t> value;
    if (!json.optional_integer(value)) return false;
    const auto place = std::ranges::lower_bound(values, name, {}, &NamedValue::name);
    const bool known = place != values.end() && place->name == name;
    if (known && !value) {
      values.erase(place);
    } else if (known) {
      place->value = *value;
    } else if (value) {
      values.insert(place, {name, *value});
    }
    return values.size() <= kMostValues;
  });
  return ok && json.at_end();
}

}  // namespace

Result<SampleTable> SampleTable::prepare(const Database& database) {
  SampleTable table;
  auto prepared = database.prepare(
      "INSERT INTO host_sample(run, at, netns, whole, \"values\", listeners) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!prepared) return std::unexpected(prepared.error());
  table.insert_ = std::move(*prepared);
  return table;
}

Result<void> SampleTable::write(const Database& database, const HostSample& sample, std::int64_t run,
                                const WallClock& clock) {
  const auto found = last_.find(sample.netns);
  const bool whole = found == last_.end() || sample.time - found->second.whole >= kWholeEvery;
  const HostSample* const before = whole ? nullptr : &found->second.sample;
  const std::string values = encode_values(sample.values, before != nullptr ? &before->values : nullptr);
  std::string listeners;
  if (before == nullptr || before->listeners != sample.listeners)
    listeners = encode_listeners(sample.listeners);
  insert_.bind(1, run);
  insert_.bind(2, clock.real_ns(sample.time));
  insert_.bind(3, std::int64_t{sample.netns});
  insert_.bind(4, std::int64_t{whole});
  insert_.bind(5, std::string_view(values));
  listeners.empty() ? insert_.bind_null(6) : insert_.bind(6, std::string_view(listeners));
  if (auto done = database.run(insert_); !done) return done;
  Last& last = last_[sample.netns];
  last.sample = sample;
  if (whole) last.whole = sample.time;
  return {};
}

Result<std::vector<HostSample>> read_samples(const Database& database, const Run& run,
                                             std::optional<std::int64_t> since_ns,
                                             std::optional<std::int64_t> until_ns) {
  auto rows = database.prepare(
      "SELECT at, netns, whole, \"values\", listeners FROM host_sample"
      " WHERE run = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, id");
  if (!rows) return std::unexpected(rows.error());
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  const std::int64_t since = since_ns.value_or(0);
  rows->bind(1, run.id);
  // A full sample is at most a minute older than the first one wanted; a recorder that slept may be later.
  rows->bind(2, std::max<std::int64_t>(0, since - 2 * kWholeEvery.count()));
  rows->bind(3, until_ns.value_or(kEver));
  std::vector<HostSample> out;
  std::map<std::uint32_t, HostSample> now;
  int code = rows->step();
  for (; code == SQLITE_ROW; code = rows->step()) {
    const std::int64_t at = rows->integer(0);
    const std::int64_t netns = rows->integer(1);
    const bool whole = rows->integer(2) != 0;
    if (netns < 0 || netns > std::numeric_limits<std::uint32_t>::max() || at < 0)
      return fail("cannot read the samples of " + database.path(), "a row is damaged");
    const auto number = static_cast<std::uint32_t>(netns);
    if (whole) now.erase(number);
    if (!whole && !now.contains(number)) continue;  // the full sample before it was retired
    HostSample& sample = now[number];
    sample.netns = number;
    sample.time = {at - run.clock.offset_ns()};
    const std::string_view listeners = rows->text(4);
    if (!decode_values(rows->text(3), sample.values) ||
        (!listeners.empty() && !decode_listeners(listeners, sample.listeners))) {
      return fail("cannot read the samples of " + database.path(), "a row is damaged");
    }
    if (at >= since) out.push_back(sample);
  }
  if (code != SQLITE_DONE) return database.failure("read");
  return out;
}

}  // namespace conntrail::store
