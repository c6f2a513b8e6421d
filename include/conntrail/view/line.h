// Lines about changes: what `conntrail trace` prints, as text for people and as JSON for scripts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/model/change.h"
#include "conntrail/model/namespace_labels.h"
#include "conntrail/model/reset_reason_names.h"
#include "conntrail/view/expiry_fold.h"

namespace conntrail::view {

// Appends one JSON object and a newline per change (docs/records.md has every key). What is not known is an
// absent key. Fast: a transition costs a few hundred nanoseconds and no allocation beyond `out`. Safe to use
// from several threads.
class JsonLines {
 public:
  explicit JsonLines(WallClock clock, ResetReasonNames reset_reasons = {})
      : clock_(clock), reset_reasons_(std::move(reset_reasons)) {}
  // Later lines go by this one: the host's clock was set.
  void set_clock(WallClock clock) { clock_ = clock; }
  void append(std::string& out, const Transition& change) const;
  void append(std::string& out, const Retransmit& change) const;
  void append(std::string& out, const Reset& change) const;
  void append(std::string& out, const End& change) const;
  void append(std::string& out, const Correction& change) const;
  void append(std::string& out, const Lost& change) const;
  void append(std::string& out, const SnapshotMerged& change) const;
  // A whole record as one object (type "connection"), as `list --json` prints it. `now` gives ages.
  void append(std::string& out, const Connection& connection, MonoTime now) const;

 private:
  void append_end(std::string& out, std::string_view type, const Connection* ended) const;

  WallClock clock_;
  ResetReasonNames reset_reasons_;
};

struct LineStyle {
  bool colour = false;
  int width = 0;       // columns of the terminal; 0 = not a terminal, nothing is shortened
  bool netns = false;  // show the namespace column from the first line on, not only once there are several
  NamespaceLabels namespaces{};
  bool title = false;  // show the owner's command line behind the reason
};

// Width of a column in a stream, where nobody knows the longest cell beforehand: it grows with the first cell
// that needs more, so that nothing is cut and the columns behind it stay in line.
class GrowingColumn {
 public:
  // `least`: where it starts. `shrinks`: on a terminal, a column that no recent line needed so wide becomes
  // narrower again; in a file it only grows.
  GrowingColumn(std::size_t least, bool shrinks) : least_(least), width_(least), shrinks_(shrinks) {}
  // The width for a cell of `needed` columns.
  [[nodiscard]] std::size_t fit(std::size_t needed);
  [[nodiscard]] std::size_t width() const { return width_; }

 private:
  std::size_t least_;
  std::size_t width_;
  std::size_t recent_ = 0;  // widest cell of the lines counted in `lines_`
  unsigned lines_ = 0;
  bool shrinks_;
};

// One aligned text line per change: time, owner, local, remote, from → to, time in the state left, reason.
//
// The arrow between the addresses tells who opened the connection: → this side, ← the peer, – not known.
// Addresses, ports, states and reasons are never cut: columns grow, and on a terminal that is too narrow the
// line wraps. Not thread-safe.
class TextLines {
 public:
  TextLines(WallClock clock, LineStyle style, ResetReasonNames reset_reasons = {});
  void set_clock(WallClock clock) { clock_ = clock; }
  // Titles above the lines of append(), in the widths of the moment, with a newline.
  [[nodiscard]] std::string header() const;
  void append(std::string& out, const Transition& change);
  void append(std::string& out, const Retransmit& change);
  void append(std::string& out, const Reset& change);
  void append(std::string& out, const End& change);
  void append(std::string& out, const Correction& change);
  void append(std::string& out, const Lost& change);
  void append(std::string& out, const SnapshotMerged& change);
  void append(std::string& out, const FoldedExpiry& expiry);
  // `trace --by connection`: one line per ended connection with the time in each state. The trail is what
  // this line is for: it is never shortened, so long lines wrap.
  void append_connection(std::string& out, const Connection& connection);
  // Titles above the lines of append_connection().
  [[nodiscard]] std::string connection_header() const;

 private:
  class Line;
  void begin(Line& line, MonoTime time, const FourTuple& tuple, const Connection* connection);
  void begin_header(Line& line) const;
  void append_end(std::string& out, std::string_view word, const Connection* ended);
  void append_title(Line& line, const Connection* connection) const;
  // A line of a second network namespace opens the column that tells them apart, with titles above it.
  void tell_apart(std::string& out, const FourTuple& tuple, const Connection* connection,
                  std::string (TextLines::*titles)() const);
  [[nodiscard]] std::string netns_cell(const FourTuple& tuple, const Connection* connection) const;

  WallClock clock_;
  LineStyle style_;
  ResetReasonNames reset_reasons_;
  std::size_t
      owner_most_;  // columns an owner may take; the rest of a longer process name is cut, never its PID
  std::uint32_t only_netns_ = 0;  // of all lines so far; 0 = none had one
  GrowingColumn netns_;
  GrowingColumn owner_;
  GrowingColumn local_;
  GrowingColumn remote_;
  GrowingColumn reason_;  // of connection lines, where the trail follows
};

// "refused", "reset by peer", "timeout after 6 SYN retransmits", "closed first by nginx/812", …; empty when
// there is nothing to say. Printable, one line. "(gap)" at its end: events were lost while the connection
// lived.
[[nodiscard]] std::string reason_text(const Connection& connection);
// The same for a transition: the reason of what just happened.
[[nodiscard]] std::string reason_text(const Transition& transition);
// "SYN_SENT 1.2ms › ESTABLISHED 3.4s › …", oldest first; `now` closes the present state.
[[nodiscard]] std::string trail_text(const Connection& connection, MonoTime now);

}  // namespace conntrail::view
