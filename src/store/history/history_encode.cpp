// Connection → row.
#include <algorithm>
#include <initializer_list>

#include "history/history_flags.h"
#include "history/history_row.h"
#include "history/json_text.h"

namespace conntrail::store {
namespace {

MonoTime earliest(const Connection& c, MonoTime seen) {
  MonoTime first = seen;
  const auto consider = [&first](MonoTime time) {
    if (time.known() && (!first.known() || time < first)) first = time;
  };
  for (const MonoTime time : {c.opened, c.established, c.state_since, c.closed, c.last_event,
                              c.time_wait_entered, c.time_wait_expires}) {
    consider(time);
  }
  for (const TrailStep& step : c.trail) {
    consider(step.entered);
    consider(step.left);
  }
  for (const Mark& mark : c.marks) consider(mark.time);
  return first;
}

// Nanoseconds from `from` to `time`; empty when that is not known.
std::optional<std::int64_t> after(MonoTime from, MonoTime time) {
  return time.known() ? std::optional(time.ns - from.ns) : std::nullopt;
}

MonoTime first_known(std::initializer_list<MonoTime> times) {
  for (const MonoTime time : times) {
    if (time.known()) return time;
  }
  return {};
}

// Steps follow each other without a hole and the last one is not left: then `left` need not be stored.
bool is_continuous(const std::vector<TrailStep>& trail) {
  for (std::size_t i = 0; i < trail.size(); ++i) {
    const MonoTime next = i + 1 < trail.size() ? trail[i + 1].entered : MonoTime{};
    if (trail[i].left != next) return false;
  }
  return true;
}

// Each entry counts from the one before it that is known, the first one from `base`: small numbers.
void encode_trail(const Connection& c, MonoTime base, std::string& out) {
  out.clear();
  JsonWriter json(out);
  JsonArray trail(json);
  MonoTime before = base;
  for (const TrailStep& step : c.trail) {
    trail.number(static_cast<std::int64_t>(step.state));
    write_integer(trail.element(), after(before, step.entered));
    before = first_known({step.entered, before});
  }
}

// A JSON object that gets its braces only when it has a member.
class Members {
 public:
  explicit Members(std::string& out) : json_(out) { out.clear(); }
  JsonObject& get() { return object_ ? *object_ : object_.emplace(json_); }
  void number_unless(std::int64_t usual, std::string_view key, std::int64_t value) {
    if (value != usual) get().number(key, value);
  }

 private:
  JsonWriter json_;
  std::optional<JsonObject> object_;
};

void encode_holders(const std::vector<Holder>& holders, JsonArray list) {
  for (const Holder& holder : holders) {
    JsonArray values = list.array();
    values.number(holder.pid);
    values.number(holder.fd);
    write_exact_string(values.element(), holder.comm);
  }
}

void encode_lefts(const std::vector<TrailStep>& trail, MonoTime base, JsonArray list) {
  for (const TrailStep& step : trail) write_integer(list.element(), after(base, step.left));
}

// [kind, ns after base], and for another owner the two PIDs.
void encode_marks(const std::vector<Mark>& marks, MonoTime base, JsonArray list) {
  for (const Mark& mark : marks) {
    JsonArray values = list.array();
    values.number(static_cast<std::int64_t>(mark.kind));
    values.number(mark.time.ns - base.ns);
    if (mark.kind == MarkKind::owner) {
      values.number(mark.from_pid);
      values.number(mark.to_pid);
    }
  }
}

void encode_more(const Connection& c, MonoTime base, std::string& out) {
  Members more(out);
  if (!c.holders.empty()) encode_holders(c.holders, more.get().array("holders"));
  more.number_unless(0, "inode", static_cast<std::int64_t>(c.inode));
  more.number_unless(0, "receive_queue", c.receive_queue);
  more.number_unless(0, "send_queue", c.send_queue);
  if (c.reset_reason) more.get().number("reset_reason", std::int64_t{*c.reset_reason});
  more.number_unless(0, "trail_dropped", c.trail_dropped);
  if (!c.marks.empty()) encode_marks(c.marks, base, more.get().array("marks"));
  more.number_unless(0, "marks_dropped", c.marks_dropped);
  if (!is_continuous(c.trail)) encode_lefts(c.trail, base, more.get().array("trail_left"));
  if (!c.stats) return;
  more.number_unless(0, "bytes_retransmitted", static_cast<std::int64_t>(c.stats->bytes_retransmitted));
  more.number_unless(c.retransmits, "socket_retransmits", c.stats->retransmits);
}

void encode_stats(const std::optional<SocketStats>& stats, Row& row) {
  row.bytes_sent.reset();
  row.bytes_received.reset();
  row.segments_out.reset();
  row.segments_in.reset();
  row.srtt_us.reset();
  row.min_rtt_us.reset();
  if (!stats) return;
  row.bytes_sent = static_cast<std::int64_t>(stats->bytes_sent);
  row.bytes_received = static_cast<std::int64_t>(stats->bytes_received);
  row.segments_out = stats->segments_out;
  row.segments_in = stats->segments_in;
  if (stats->srtt_us != 0) row.srtt_us = stats->srtt_us;
  if (stats->min_rtt_us) row.min_rtt_us = *stats->min_rtt_us;
}

void encode_address(const IpAddress& address, std::string& out) {
  out.clear();
  if (address.family != Family::unspecified) append(out, address);
}

void encode_times(const Connection& c, MonoTime base, MonoTime seen, Row& row) {
  row.opened = after(base, c.opened);
  row.established = after(base, c.established);
  row.closed = after(base, c.closed);
  row.last_event = after(base, c.last_event);
  const MonoTime heard = first_known({c.last_event, base});
  row.state_since = after(heard, c.state_since);
  row.seen = seen.ns - heard.ns;
  const MonoTime closed = first_known({c.closed, base});
  row.time_wait_entered = after(closed, c.time_wait_entered);
  const MonoTime entered = first_known({c.time_wait_entered, closed});
  row.time_wait_expires = after(entered + Nanoseconds(kTimeWaitNs), c.time_wait_expires);
}

}  // namespace

std::int64_t bucket_of(std::int64_t wall_ns) {
  return wall_ns / kBucketNs - (wall_ns % kBucketNs < 0 ? 1 : 0);
}

std::int64_t settled_ns(const Connection& c, MonoTime seen, const WallClock& clock) {
  return clock.real_ns(c.ended ? first_known({c.closed, c.last_event, seen}) : seen);
}

std::int64_t settle_row(const Connection& c, MonoTime seen, const WallClock& clock, Row& row) {
  const std::int64_t bucket = bucket_of(settled_ns(c, seen, clock));
  row.bucket = bucket;
  const bool spanning = !c.opened.known() || bucket_of(clock.real_ns(c.opened)) != bucket;
  row.flags |= flag::kSpanning.pack(spanning);
  return bucket;
}

void encode_row(const Connection& c, MonoTime seen, const WallClock& clock, Row& row) {
  const MonoTime base = earliest(c, seen);
  row.base = clock.real_ns(base);
  encode_times(c, base, seen, row);
  row.flags = pack_flags(c);
  row.bucket.reset();
  if (c.gone) settle_row(c, seen, clock, row);
  row.cookie = static_cast<std::int64_t>(c.cookie);
  row.pid.reset();
  if (c.owner.pid != 0) row.pid = c.owner.pid;
  encode_address(c.tuple.local.address, row.local_addr);
  row.local_port = c.tuple.local.port;
  encode_address(c.tuple.remote.address, row.remote_addr);
  row.remote_port = c.tuple.remote.port;
  row.retransmits = c.retransmits;
  row.syn_retransmits = c.syn_retransmits;
  encode_stats(c.stats, row);
  row.error.reset();
  if (c.error != 0) row.error = c.error;
  encode_trail(c, base, row.trail);
  encode_more(c, base, row.more);
}

void bind_row(Statement& statement, const Row& row) {
  int index = 0;
  const auto number = [&](auto value) { statement.bind(++index, value); };
  const auto text = [&](const std::string& value) {
    value.empty() ? statement.bind_null(++index) : statement.bind(++index, std::string_view(value));
  };
  const auto count = [&](std::int64_t value) { statement.bind(++index, value); };
  number(row.id);
  number(row.run);
  number(row.bucket);
  number(row.flags);
  number(row.cookie);
  number(row.program);
  number(row.pid);
  text(row.local_addr);
  count(row.local_port);
  text(row.remote_addr);
  count(row.remote_port);
  number(row.base);
  number(row.opened);
  number(row.established);
  number(row.closed);
  number(row.last_event);
  number(row.state_since);
  number(row.seen);
  number(row.time_wait_entered);
  number(row.time_wait_expires);
  number(row.retransmits);
  number(row.syn_retransmits);
  number(row.bytes_sent);
  number(row.bytes_received);
  number(row.segments_out);
  number(row.segments_in);
  number(row.srtt_us);
  number(row.min_rtt_us);
  number(row.error);
  text(row.trail);
  text(row.more);
}

}  // namespace conntrail::store
