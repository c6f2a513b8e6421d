// Row → Connection. The file may come from anywhere, so every value is checked before it is believed.
#include <limits>

#include "history/history_flags.h"
#include "history/history_row.h"
#include "history/json_text.h"

namespace conntrail::store {
namespace {

// More than any clock shows (until 2116; 73 years after boot; 9 years between two times of a connection), and
// small enough that neither these sums nor those of the views overflow.
constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
constexpr std::int64_t kLongestUptime = std::int64_t{1} << 61;
constexpr std::int64_t kLongestSpan = std::int64_t{1} << 58;
constexpr std::size_t kMostSteps = 4096;
constexpr std::size_t kMostHolders = 1U << 20U;

bool is_span(std::int64_t ns) { return ns > -kLongestSpan && ns < kLongestSpan; }

// Reads the columns of one row in order and remembers whether all of them made sense.
class ColumnReader {
 public:
  explicit ColumnReader(const Statement& statement, int column = 0)
      : statement_(statement), column_(column) {}

  [[nodiscard]] bool ok() const { return ok_; }

  template <class Number>
  Number number() {
    const std::int64_t value = statement_.integer(column_++);
    if constexpr (sizeof(Number) < sizeof value) {
      if (value < 0 || value > std::int64_t{std::numeric_limits<Number>::max()}) ok_ = false;
    }
    return static_cast<Number>(value);
  }
  template <class Number>
  std::optional<Number> optional() {
    if (statement_.is_null(column_)) {
      ++column_;
      return std::nullopt;
    }
    return number<Number>();
  }
  // `from` and a stored difference.
  MonoTime time(MonoTime from) {
    const auto span = optional<std::int64_t>();
    if (!span) return {};
    if (!is_span(*span)) {
      ok_ = false;
      return {};
    }
    return {from.ns + *span};
  }
  MonoTime base(const WallClock& clock) {
    const std::int64_t wall = number<std::int64_t>();
    const std::int64_t offset = clock.offset_ns();
    const bool sane = wall >= 0 && wall < kFarthest && offset > -kFarthest && offset < kFarthest;
    if (!sane || wall - offset < -kLongestUptime || wall - offset > kLongestUptime) {
      ok_ = false;
      return {};
    }
    return {wall - offset};
  }
  IpAddress address() {
    const std::string_view text = statement_.text(column_++);
    if (text.empty()) return {};
    const auto address = IpAddress::parse(text);
    if (!address) ok_ = false;
    return address.value_or(IpAddress{});
  }
  std::string_view text() { return statement_.text(column_++); }
  void check(bool condition) { ok_ = ok_ && condition; }

 private:
  const Statement& statement_;
  int column_;
  bool ok_ = true;
};

MonoTime known_or(MonoTime time, MonoTime other) { return time.known() ? time : other; }

void read_times(ColumnReader& row, Connection& c, MonoTime base, MonoTime& seen) {
  c.opened = row.time(base);
  c.established = row.time(base);
  c.closed = row.time(base);
  c.last_event = row.time(base);
  const MonoTime heard = known_or(c.last_event, base);
  c.state_since = row.time(heard);
  seen = row.time(heard);
  const MonoTime closed = known_or(c.closed, base);
  c.time_wait_entered = row.time(closed);
  c.time_wait_expires = row.time(known_or(c.time_wait_entered, closed) + kTimeWaitLength);
}

void read_stats(ColumnReader& row, Connection& c) {
  SocketStats stats;
  const auto sent = row.optional<std::uint64_t>();
  stats.bytes_sent = sent.value_or(0);
  stats.bytes_received = row.optional<std::uint64_t>().value_or(0);
  stats.segments_out = row.optional<std::uint32_t>().value_or(0);
  stats.segments_in = row.optional<std::uint32_t>().value_or(0);
  stats.srtt_us = row.optional<std::uint32_t>().value_or(0);
  stats.min_rtt_us = row.optional<std::uint32_t>();
  stats.retransmits = c.retransmits;
  c.stats.reset();
  if (sent) c.stats = stats;
}

void read_program(ColumnReader& row, Connection& c) {
  c.tuple.netns = row.number<std::uint32_t>();
  c.owner.comm = row.text();
  const auto uid = row.optional<std::int64_t>();
  c.owner.has_uid = uid && *uid >= 0;
  c.owner.uid = 0;
  if (c.owner.has_uid) {
    row.check(*uid <= std::int64_t{std::numeric_limits<std::uint32_t>::max()});
    c.owner.uid = static_cast<std::uint32_t>(*uid);
  }
  c.owner.cgroup_id = row.number<std::uint64_t>();
}

// `base` is not a field of a connection: it is what the trail's first entry counts from.
bool read_trail(std::string_view text, MonoTime base, std::vector<TrailStep>& trail) {
  trail.clear();
  JsonCursor json(text);
  MonoTime before = base;
  const bool ok = each_element(json, [&] {
    std::int64_t state = 0;
    std::optional<std::int64_t> difference;
    if (!json.integer(state) || !json.take(',') || !json.optional_integer(difference)) return false;
    if (state < 0 || state >= kTcpStateCount || trail.size() == kMostSteps) return false;
    MonoTime entered;
    if (difference) {
      if (!is_span(*difference)) return false;
      entered = before = before + Nanoseconds(*difference);
      if (!is_span((before - base).count())) return false;
    }
    if (!trail.empty()) trail.back().left = entered;
    trail.push_back({static_cast<TcpState>(state), entered, {}});
    return true;
  });
  return ok && json.at_end();
}

bool read_lefts(JsonCursor& json, MonoTime base, std::vector<TrailStep>& trail) {
  std::size_t step = 0;
  const bool ok = each_element(json, [&] {
    std::optional<std::int64_t> left;
    if (!json.optional_integer(left) || step == trail.size() || (left && !is_span(*left))) return false;
    trail[step++].left = left ? base + Nanoseconds(*left) : MonoTime{};
    return true;
  });
  return ok && step == trail.size();
}

bool read_holders(JsonCursor& json, std::vector<Holder>& holders) {
  return each_element(json, [&] {
    std::int64_t pid = 0;
    std::int64_t fd = 0;
    Holder holder;
    if (!json.take('[') || !json.integer(pid) || !json.take(',') || !json.integer(fd) || !json.take(',') ||
        !json.string(holder.comm) || !json.take(']')) {
      return false;
    }
    if (pid < 0 || pid > std::numeric_limits<std::uint32_t>::max() || fd < -1 ||
        fd > std::numeric_limits<std::int32_t>::max() || holders.size() == kMostHolders) {
      return false;
    }
    holder.pid = static_cast<std::uint32_t>(pid);
    holder.fd = static_cast<std::int32_t>(fd);
    holders.push_back(std::move(holder));
    return true;
  });
}

bool read_pid(JsonCursor& json, std::uint32_t& out) {
  std::int64_t pid = 0;
  if (!json.integer(pid) || pid < 0 || pid > std::numeric_limits<std::uint32_t>::max()) return false;
  out = static_cast<std::uint32_t>(pid);
  return true;
}

bool read_marks(JsonCursor& json, MonoTime base, std::vector<Mark>& marks) {
  marks.clear();
  return each_element(json, [&] {
    std::int64_t kind = 0;
    std::int64_t at = 0;
    if (!json.take('[') || !json.integer(kind) || !json.take(',') || !json.integer(at)) return false;
    if (kind < 0 || kind > static_cast<std::int64_t>(MarkKind::owner) || !is_span(at) ||
        marks.size() == kMostMarks) {
      return false;
    }
    Mark mark{static_cast<MarkKind>(kind), base + Nanoseconds(at), 0, 0};
    if (mark.kind == MarkKind::owner && (!json.take(',') || !read_pid(json, mark.from_pid) ||
                                         !json.take(',') || !read_pid(json, mark.to_pid))) {
      return false;
    }
    marks.push_back(mark);
    return json.take(']');
  });
}

template <class Number>
bool read_member(JsonCursor& json, Number& out) {
  std::int64_t value = 0;
  if (!json.integer(value)) return false;
  if constexpr (sizeof(Number) < sizeof value) {
    if (value < 0 || value > std::int64_t{std::numeric_limits<Number>::max()}) return false;
  }
  out = static_cast<Number>(value);
  return true;
}

bool read_more(std::string_view text, MonoTime base, Connection& c) {
  JsonCursor json(text);
  SocketStats none;
  SocketStats& stats = c.stats ? *c.stats : none;
  const bool ok = each_member(json, [&](const std::string& name) {
    if (name == "holders") return read_holders(json, c.holders);
    if (name == "inode") return read_member(json, c.inode);
    if (name == "receive_queue") return read_member(json, c.receive_queue);
    if (name == "send_queue") return read_member(json, c.send_queue);
    if (name == "reset_reason") return read_member(json, c.reset_reason.emplace());
    if (name == "trail_dropped") return read_member(json, c.trail_dropped);
    if (name == "marks") return read_marks(json, base, c.marks);
    if (name == "marks_dropped") return read_member(json, c.marks_dropped);
    if (name == "trail_left") return read_lefts(json, base, c.trail);
    if (name == "bytes_retransmitted") return read_member(json, stats.bytes_retransmitted);
    if (name == "socket_retransmits") return read_member(json, stats.retransmits);
    return false;
  });
  return ok && json.at_end();
}

constexpr int kBaseColumn = 9;
constexpr int kLongColumn = 31;

}  // namespace

bool read_row(const Statement& statement, const WallClock& clock, HistoryRecord& record) {
  Connection& c = record.connection;
  ColumnReader row(statement);
  c.id = row.number<std::uint64_t>();
  record.run = row.number<std::int64_t>();
  record.clock = clock;
  row.check(unpack_flags(row.number<std::int64_t>(), c));
  c.cookie = row.number<std::uint64_t>();
  c.owner.pid = row.optional<std::uint32_t>().value_or(0);
  c.tuple.local.address = row.address();
  c.tuple.local.port = row.number<std::uint16_t>();
  c.tuple.remote.address = row.address();
  c.tuple.remote.port = row.number<std::uint16_t>();
  const MonoTime base = row.base(clock);
  read_times(row, c, base, record.seen);
  c.retransmits = row.number<std::uint32_t>();
  c.syn_retransmits = row.number<std::uint32_t>();
  read_stats(row, c);
  const auto error = row.optional<std::uint32_t>();
  row.check(!error || *error <= 4095);  // MAX_ERRNO of the kernel
  c.error = static_cast<int>(error.value_or(0));
  read_program(row, c);
  return row.ok();
}

bool read_long_columns(const Statement& statement, HistoryRecord& record) {
  Connection& c = record.connection;
  c.holders.clear();
  c.inode = 0;
  c.receive_queue = 0;
  c.send_queue = 0;
  c.reset_reason.reset();
  c.trail_dropped = 0;
  c.marks.clear();
  c.marks_dropped = 0;
  const MonoTime base{statement.integer(kBaseColumn) - record.clock.offset_ns()};
  if (!read_trail(statement.text(kLongColumn), base, c.trail)) return false;
  const std::string_view more = statement.text(kLongColumn + 1);
  return more.empty() || read_more(more, base, c);
}

}  // namespace conntrail::store
