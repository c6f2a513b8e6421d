#include "timeline_steps.h"
#include "palette.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "timeline_scale.h"

namespace conntrail::view {
namespace {

constexpr std::size_t kNameWidth = 16;   // "  SYN sent again"
constexpr std::size_t kTimeWidth = 15;   // 12:00:00.123456
constexpr std::size_t kOffsetWidth = 8;  // +format_duration
constexpr std::size_t kLastedWidth = 7;
constexpr std::size_t kGap = 2;
constexpr std::size_t kBeforeBars = kNameWidth + kTimeWidth + kOffsetWidth + kLastedWidth + 4 * kGap;
constexpr std::size_t kLeastBars = 12;
constexpr std::size_t kUsualBars = 48;
constexpr std::size_t kMostBars = 100;

std::size_t bar_columns(int width) {
  if (width <= 0) return kUsualBars;
  const auto columns = static_cast<std::size_t>(width);
  return std::clamp(columns > kBeforeBars ? columns - kBeforeBars : 0, kLeastBars, kMostBars);
}

struct Sign {
  std::string_view name;
  std::string_view sign;
  std::string_view colour;
};

Sign sign_of(MarkKind kind) {
  switch (kind) {
    case MarkKind::retransmit:
      return {"  sent again", "R", kYellow};
    case MarkKind::syn_retransmit:
      return {"  SYN sent again", "S", kYellow};
    case MarkKind::reset_sent:
      return {"  RST sent", "X", kRed};
    case MarkKind::reset_received:
      return {"  RST received", "X", kRed};
    case MarkKind::owner:
      break;
  }
  return {"  other owner", "o", kCyan};
}

class Steps {
 public:
  Steps(std::string& out, const Connection& connection, const WallClock& clock, MonoTime now,
        const TimelineOptions& options)
      : out_(out),
        row_(out, options.colour),
        c_(connection),
        clock_(clock),
        now_(now),
        columns_(bar_columns(options.width)),
        bars_(bars_of(connection, now, columns_)),
        first_(first_time()) {}

  void append() {
    if (c_.trail.empty() && c_.marks.empty()) return;
    out_ += '\n';
    title();
    if (c_.trail_dropped > 0) note(std::to_string(c_.trail_dropped) + " older steps were let go");
    auto mark = c_.marks.begin();
    for (std::size_t i = 0; i < c_.trail.size(); ++i) {
      for (; mark != c_.marks.end() && comes_before(mark->time, i); ++mark) append_mark(*mark);
      append_step(i);
    }
    for (; mark != c_.marks.end(); ++mark) append_mark(*mark);
    if (c_.marks_dropped > 0)
      note("and " + std::to_string(c_.marks_dropped) + " more, whose times were not kept");
    if (!c_.trail.empty())
      note("scale: a state's bar grows with the logarithm of its time; within a bar time is linear");
  }

 private:
  [[nodiscard]] MonoTime first_time() const {
    if (c_.opened.known()) return c_.opened;
    for (const TrailStep& step : c_.trail) {
      if (step.entered.known()) return step.entered;
    }
    return c_.marks.empty() ? MonoTime{} : c_.marks.front().time;
  }
  [[nodiscard]] bool comes_before(MonoTime time, std::size_t step) const {
    return c_.trail[step].entered.known() && time < c_.trail[step].entered;
  }

  void title() {
    row_.left("STATE", kNameWidth, kBold);
    row_.gap(kGap);
    row_.left("TIME", kTimeWidth, kBold);
    row_.gap(kGap);
    row_.right("OFFSET", kOffsetWidth, kBold);
    row_.gap(kGap);
    row_.right("LASTED", kLastedWidth, kBold);
    row_.end();
  }
  void note(std::string_view text) {
    row_.left(text, 0, kDim);
    row_.end();
  }

  // Name, time of day and offset.
  void begin(std::string_view name, std::string_view colour, MonoTime time) {
    row_.left(name, kNameWidth, colour);
    row_.gap(kGap);
    std::string wall = "-";
    std::string offset = "-";
    if (time.known()) {
      wall.clear();
      append_local_time_us(wall, clock_.real_ns(time));
      offset = time == first_ ? "0" : (time < first_ ? "" : "+") + format_duration(time - first_);
    }
    row_.left(wall, kTimeWidth);
    row_.gap(kGap);
    row_.right(offset, kOffsetWidth);
    row_.gap(kGap);
  }

  void append_step(std::size_t index) {
    const TrailStep& step = c_.trail[index];
    const Bar& bar = bars_[index];
    const std::string_view colour = state_colour(step.state);
    begin(tcp_state_name(step.state), colour, step.entered);
    row_.right(bar.time ? format_duration(*bar.time) : (bar.over ? "" : "?"), kLastedWidth);
    row_.gap(kGap + bar.begin);
    append_bar(index, colour);
    row_.end();
  }

  // The bar with the signs of the marks that lie in it.
  void append_bar(std::size_t index, std::string_view colour) {
    const Bar& bar = bars_[index];
    if (bar.over) {
      row_.left("┃", 0, colour);
      return;
    }
    std::string line;  // what lies between two signs, in one piece
    for (std::size_t column = bar.begin; column < bar.end; ++column) {
      if (const Mark* mark = mark_at(index, column)) {
        row_.left(line, 0, colour);
        line.clear();
        const Sign sign = sign_of(mark->kind);
        row_.left(sign.sign, 0, sign.colour);
      } else {
        line += bar.time ? "━" : "╌";
      }
    }
    row_.left(line, 0, colour);
  }
  [[nodiscard]] const Mark* mark_at(std::size_t index, std::size_t column) const {
    const MonoTime begin = c_.trail[index].entered;
    const MonoTime end = index + 1 < c_.trail.size() ? c_.trail[index + 1].entered : now_;
    for (const Mark& mark : c_.marks) {
      if (!begin.known() || mark.time < begin || (end.known() && mark.time >= end)) continue;
      if (column_of(c_, bars_, mark.time, now_) == column) return &mark;
    }
    return nullptr;
  }

  void append_mark(const Mark& mark) {
    const Sign sign = sign_of(mark.kind);
    begin(sign.name, sign.colour, mark.time);
    row_.gap(kLastedWidth + kGap);
    if (const auto column = column_of(c_, bars_, mark.time, now_)) {
      row_.gap(*column);
      row_.left(sign.sign, 0, sign.colour);
    }
    if (mark.kind == MarkKind::owner) {
      row_.left(" " + std::to_string(mark.from_pid) + " → " + std::to_string(mark.to_pid), 0);
    }
    row_.end();
  }

  std::string& out_;
  TextRow row_;
  const Connection& c_;
  const WallClock& clock_;
  MonoTime now_;
  std::size_t columns_;
  std::vector<Bar> bars_;
  MonoTime first_;
};

}  // namespace

void append_steps(std::string& out, const Connection& connection, const WallClock& clock, MonoTime now,
                  const TimelineOptions& options) {
  Steps(out, connection, clock, now, options).append();
}

}  // namespace conntrail::view
