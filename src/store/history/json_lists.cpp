#include "history/json_lists.h"

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "history/column_codec.h"

namespace conntrail::store {
namespace {

constexpr std::size_t kMostSteps = 4096;
constexpr std::size_t kMostHolders = 1U << 20U;

// Nanoseconds from `from` to `time`; empty when that is not known.
std::optional<std::int64_t> after(MonoTime from, MonoTime time) {
  return time.known() ? std::optional(time.ns - from.ns) : std::nullopt;
}

bool read_pid(JsonCursor& json, std::uint32_t& out) {
  std::int64_t pid = 0;
  if (!json.integer(pid) || pid < 0 || pid > std::numeric_limits<std::uint32_t>::max()) return false;
  out = static_cast<std::uint32_t>(pid);
  return true;
}

}  // namespace

void append_trail(std::string& out, const std::vector<TrailStep>& trail, MonoTime base) {
  out.push_back('[');
  MonoTime before = base;
  for (const TrailStep& step : trail) {
    if (&step != trail.data()) out.push_back(',');
    append_integer(out, static_cast<std::int64_t>(step.state));
    out.push_back(',');
    append_integer(out, after(before, step.entered));
    before = known_or(step.entered, before);
  }
  out.push_back(']');
}

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

bool is_continuous(const std::vector<TrailStep>& trail) {
  for (std::size_t i = 0; i < trail.size(); ++i) {
    const MonoTime next = i + 1 < trail.size() ? trail[i + 1].entered : MonoTime{};
    if (trail[i].left != next) return false;
  }
  return true;
}

void append_lefts(std::string& out, const std::vector<TrailStep>& trail, MonoTime base) {
  out.push_back('[');
  for (const TrailStep& step : trail) {
    if (&step != trail.data()) out.push_back(',');
    append_integer(out, after(base, step.left));
  }
  out.push_back(']');
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

void append_holders(std::string& out, const std::vector<Holder>& holders) {
  out.push_back('[');
  for (const Holder& holder : holders) {
    if (&holder != holders.data()) out.push_back(',');
    out.push_back('[');
    append_integer(out, std::int64_t{holder.pid});
    out.push_back(',');
    append_integer(out, std::int64_t{holder.fd});
    out.push_back(',');
    append_exact_string(out, holder.comm);
    out.push_back(']');
  }
  out.push_back(']');
}

bool read_holders(JsonCursor& json, std::vector<Holder>& holders) {
  return each_element(json, [&] {
    std::int64_t fd = 0;
    Holder holder;
    if (!json.take('[') || !read_pid(json, holder.pid) || !json.take(',') || !json.integer(fd) ||
        !json.take(',') || !json.string(holder.comm) || !json.take(']')) {
      return false;
    }
    if (fd < -1 || fd > std::numeric_limits<std::int32_t>::max() || holders.size() == kMostHolders)
      return false;
    holder.fd = static_cast<std::int32_t>(fd);
    holders.push_back(std::move(holder));
    return true;
  });
}

void append_marks(std::string& out, const std::vector<Mark>& marks, MonoTime base) {
  out.push_back('[');
  for (const Mark& mark : marks) {
    out += &mark != marks.data() ? ",[" : "[";
    append_integer(out, static_cast<std::int64_t>(mark.kind));
    out.push_back(',');
    append_integer(out, mark.time.ns - base.ns);
    if (mark.kind == MarkKind::owner) {
      out.push_back(',');
      append_integer(out, std::int64_t{mark.from_pid});
      out.push_back(',');
      append_integer(out, std::int64_t{mark.to_pid});
    }
    out.push_back(']');
  }
  out.push_back(']');
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

}  // namespace conntrail::store
