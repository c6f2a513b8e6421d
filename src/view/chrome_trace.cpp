#include "conntrail/view/chrome_trace.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "conntrail/base/json_writer.h"
#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "durations.h"

namespace conntrail::view {
namespace {

// A trace viewer does not show slices without a length; a nanosecond is the shortest it knows.
constexpr Nanoseconds kShortest{1};

// Listeners and connections without a known process are gathered in a process of this number.
constexpr std::uint32_t kNobody = 0;

// A viewer keeps 32 bits of a thread's number, and has none of its own for 0. Ids that far apart are never in
// one database.
std::uint64_t track_number(std::uint64_t id) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return id == 0 ? kMost : (id - 1) % kMost + 1;
}

std::string track_name(const Connection& connection) {
  std::string name;
  append(name, connection.tuple.local);
  name += connection.direction == Direction::active    ? " → "
          : connection.direction == Direction::passive ? " ← "
                                                       : " – ";
  append(name, connection.tuple.remote);
  return name;
}

// {"ph":"X","pid":1,"tid":2,  The caller goes on with a key.
void begin_event(JsonWriter& json, const char phase, std::uint64_t pid, std::uint64_t tid) {
  json.raw(",\n{\"ph\":\"");
  json.raw_text({&phase, 1});
  json.raw(R"(","pid":)");
  json.number(pid);
  json.raw(R"(,"tid":)");
  json.number(tid);
  json.raw(",");
}

void metadata(std::string& out, std::uint64_t pid, std::uint64_t tid, std::string_view what,
              std::string_view name) {
  JsonWriter json(out);
  begin_event(json, 'M', pid, tid);
  json.raw(R"("name":")");
  json.raw_text(what);
  json.raw(R"(","args":{"name":)");
  json.string(name);
  json.raw("}}");
}

// What the slice of the first state tells of the whole connection.
void connection_args(JsonWriter& json, const Connection& connection) {
  json.raw(R"(,"id":)");
  json.number(connection.id);
  json.raw(R"(,"cookie":)");
  json.number(connection.cookie);
  json.raw(R"(,"netns":)");
  json.number(connection.tuple.netns);
  if (!connection.retransmits_unknown) {
    json.raw(R"(,"retransmits":)");
    json.number(connection.retransmits);
  }
  if (connection.stats) {
    json.raw(R"(,"bytes_sent":)");
    json.number(connection.stats->bytes_sent);
    json.raw(R"(,"bytes_received":)");
    json.number(connection.stats->bytes_received);
  }
  if (const std::string reason = reason_text(connection); !reason.empty()) {
    json.raw(R"(,"reason":)");
    json.string(reason);
  }
  if (connection.gap) json.raw(R"(,"gap":true)");
}

struct Slice {
  const TrailStep* step = nullptr;
  std::optional<Nanoseconds> known_begin;
  std::optional<Nanoseconds> known_end;
  Nanoseconds begin{0};
  Nanoseconds end{0};
};

// Where nobody saw one state follow the other (events were lost, the recorder was away), the states between
// two known moments share that time evenly.
void fill_in(std::vector<Slice>& slices) {
  for (std::size_t i = 0; i < slices.size(); ++i) {
    slices[i].begin = slices[i].known_begin.value_or(i == 0 ? Nanoseconds{0} : slices[i - 1].end);
    if (!slices[i].known_end) {
      std::size_t last = i;
      while (last + 1 < slices.size() && !slices[last].known_end) ++last;
      const Nanoseconds stretch = slices[last].known_end.value_or(slices[i].begin) - slices[i].begin;
      slices[i].known_end = slices[i].begin + stretch / static_cast<std::int64_t>(last - i + 1);
    }
    slices[i].end = slices[i].known_end.value_or(slices[i].begin);
  }
}

// The states as slices that follow one another: what overlaps on a track is an error to a viewer.
template <class SinceOrigin>
std::vector<Slice> slices_of(const Connection& connection, const SinceOrigin& since_origin, MonoTime now) {
  std::vector<Slice> slices;
  MonoTime over = connection.closed;
  for (const TrailStep& step : connection.trail) {
    // The end of a connection is no time spent in a state.
    if (step.state == TcpState::close) {
      if (step.entered.known()) over = step.entered;
      continue;
    }
    Slice slice{&step, {}, {}};
    if (step.entered.known()) slice.known_begin = since_origin(step.entered);
    if (step.left.known()) slice.known_end = since_origin(step.left);
    if (!slices.empty()) {
      Slice& before = slices.back();
      if (!before.known_end) before.known_end = slice.known_begin;
      if (!slice.known_begin) slice.known_begin = before.known_end;
    }
    slices.push_back(slice);
  }
  if (slices.empty()) return slices;
  if (Slice& last = slices.back(); !last.known_end) {
    const bool is_over = connection.trail.back().state == TcpState::close && over.known();
    last.known_end = since_origin(is_over ? over : now);
  }
  fill_in(slices);
  Nanoseconds free{0};
  for (Slice& slice : slices) {
    slice.begin = std::max(slice.begin, free);
    slice.end = std::max(slice.end, slice.begin + kShortest);
    free = slice.end;
  }
  return slices;
}

}  // namespace

void ChromeTrace::begin(std::string& out) const {
  out += R"({"displayTimeUnit":"ns","otherData":{"origin":")";
  append_rfc3339(out, origin_ns_);
  // An event first, so that all others can begin with a comma.
  out +=
      "\"},\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":0,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":"
      "\"owner not known\"}}";
}

void ChromeTrace::end(std::string& out) const { out += "\n]}\n"; }

// The same number may have been several processes in a day: the first name stays.
void ChromeTrace::name_process(std::string& out, const Connection& connection) {
  const Owner& owner = connection.owner;
  if (owner.pid == kNobody || !named_.insert(owner.pid).second) return;
  metadata(out, owner.pid, 0, "process_name", owner.comm.empty() ? "?" : owner.comm);
}

void ChromeTrace::append(std::string& out, const Connection& connection, const WallClock& clock,
                         MonoTime now) {
  name_process(out, connection);
  const std::uint64_t pid = connection.owner.pid;
  const std::uint64_t track = track_number(connection.id);
  metadata(out, pid, track, "thread_name", track_name(connection));

  const auto since_origin = [&](MonoTime time) { return Nanoseconds(clock.real_ns(time) - origin_ns_); };
  bool first = true;
  for (const Slice& slice : slices_of(connection, since_origin, now)) {
    JsonWriter json(out);
    begin_event(json, 'X', pid, track);
    json.raw(R"("name":")");
    json.raw_text(tcp_state_name(slice.step->state));
    json.raw(R"(","cat":"state","ts":)");
    json.microseconds(slice.begin);
    json.raw(R"(,"dur":)");
    json.microseconds(slice.end - slice.begin);
    json.raw(R"(,"args":{"begin_seen":)");
    json.boolean(slice.step->entered.known());
    json.raw(R"(,"end_seen":)");
    json.boolean(slice.step->left.known());
    if (first) connection_args(json, connection);
    json.raw("}}");
    first = false;
  }
  for (const Mark& mark : connection.marks) {
    JsonWriter json(out);
    begin_event(json, 'i', pid, track);
    json.raw(R"("name":")");
    json.raw_text(mark_kind_name(mark.kind));
    json.raw(R"(","cat":"mark","s":"t","ts":)");
    json.microseconds(since_origin(mark.time));
    if (mark.kind == MarkKind::owner) {
      json.raw(R"(,"args":{"from_pid":)");
      json.number(mark.from_pid);
      json.raw(R"(,"to_pid":)");
      json.number(mark.to_pid);
      json.raw("}");
    }
    json.raw("}");
  }
}

}  // namespace conntrail::view
