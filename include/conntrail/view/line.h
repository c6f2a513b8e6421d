// Lines about changes: what `conntrail trace` prints, as text for people and as JSON for scripts.
#pragma once

#include <cstdint>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/model/change.h"

namespace conntrail::view {

// Appends one JSON object and a newline per change (docs/records.md has every key). Fast: no allocation
// beyond `out`.
class JsonLines {
 public:
  explicit JsonLines(WallClock clock) : clock_(clock) {}
  void append(std::string& out, const Change& change) const;
  // A whole record as one object, as `list --json` prints it. `now` gives ages.
  void append(std::string& out, const Connection& connection, MonoTime now) const;

 private:
  WallClock clock_;
};

struct LineStyle {
  bool colour = false;
  int width = 0;       // columns of the terminal; 0 = not a terminal, nothing is shortened
  bool netns = false;  // show the namespace column
};

// One aligned text line per change: time, owner, local, remote, from → to, time in the state left, reason.
class TextLines {
 public:
  TextLines(WallClock clock, LineStyle style) : clock_(clock), style_(style) {}
  [[nodiscard]] std::string header() const;
  void append(std::string& out, const Change& change);
  // `trace --by connection`: one line per ended connection with the time in each state.
  void append_connection(std::string& out, const Connection& connection);

 private:
  WallClock clock_;
  LineStyle style_;
  std::size_t owner_width_ = 16;
  std::size_t local_width_ = 21;
  std::size_t remote_width_ = 21;
};

// "refused", "reset by peer", "timeout after 6 SYN retransmits", "closed first by nginx/812", …; empty when
// there is nothing to say. Printable, one line.
[[nodiscard]] std::string reason_text(const Connection& connection);
// The same for a transition: the reason of what just happened.
[[nodiscard]] std::string reason_text(const Transition& transition);
// "SYN_SENT 1.2ms › ESTABLISHED 3.4s › …", oldest first; `now` closes the present state.
[[nodiscard]] std::string trail_text(const Connection& connection, MonoTime now);

}  // namespace conntrail::view
