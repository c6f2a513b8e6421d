// One text line per change: what `conntrail trace` shows to people.
#include <utility>

#include "conntrail/view/line.h"
#include "durations.h"
#include "netns_text.h"
#include "owner_text.h"
#include "palette.h"
#include "quantity.h"
#include "text_line.h"

namespace conntrail::view {
namespace {

constexpr std::string_view kUnknown = "-";
constexpr std::size_t kLeastNetns = 6;

// Below the first width a line with IPv4 addresses does not fit in any case: no padding then but what the
// cells need.
constexpr int kRoomyTerminal = 120;
constexpr int kTightTerminal = 100;

std::size_t least_owner(int width) {
  return width == 0 || width >= kRoomyTerminal ? 16 : width >= kTightTerminal ? 12 : 10;
}
std::size_t least_endpoint(int width) {
  return width == 0 || width >= kRoomyTerminal ? 21 : width >= kTightTerminal ? 16 : 14;
}
std::size_t most_owner(int width) { return width > 0 && width < kTightTerminal ? 16 : kNoLimit; }

std::string_view arrow(const Connection* connection) {
  switch (connection == nullptr ? Direction::unknown : connection->direction) {
    case Direction::active:
      return "→";
    case Direction::passive:
      return "←";
    case Direction::unknown:
      break;
  }
  return "–";
}

std::string_view state_text(TcpState state) {
  return state == TcpState::unknown ? kUnknown : tcp_state_name(state);
}

std::string local_time(const WallClock& clock, MonoTime time) {
  std::string out;
  if (time.known()) append_local_time_us(out, clock.real_ns(time));
  return out.empty() ? std::string(kUnknown) : out;
}

std::string_view reason_colour(const Transition& change) {
  const bool failed =
      change.error != 0 || (change.connection != nullptr && is_failure(change.connection->end_reason));
  return failed ? kRed : kDim;
}

}  // namespace

TextLines::TextLines(WallClock clock, LineStyle style, ResetReasonNames reset_reasons)
    : clock_(clock),
      style_(style),
      reset_reasons_(std::move(reset_reasons)),
      owner_most_(most_owner(style.width)),
      netns_(kLeastNetns, style.width > 0),
      owner_(least_owner(style.width), style.width > 0),
      local_(least_endpoint(style.width), style.width > 0),
      remote_(least_endpoint(style.width), style.width > 0),
      reason_(0, style.width > 0) {}

void TextLines::begin(Line& line, MonoTime time, const FourTuple& tuple, const Connection* connection) {
  const std::string owner =
      connection != nullptr ? owner_text(connection->owner, owner_most_) : std::string(kUnknown);
  const std::string local = to_string(tuple.local);
  const std::string remote = to_string(tuple.remote);
  line.left(local_time(clock_, time), kTimeWidth, kDim);
  if (style_.netns) {
    line.gap(1);
    const std::string netns = netns_cell(tuple, connection);
    line.left(netns, netns_.fit(display_width(netns)));
  }
  line.gap(1);
  line.left(owner, owner_.fit(display_width(owner)), kBold);
  line.gap(1);
  line.left(local, local_.fit(local.size()));
  line.gap(1);
  line.left(arrow(connection), 1);
  line.gap(1);
  line.left(remote, remote_.fit(remote.size()));
  line.gap(2);
}

void TextLines::append_title(Line& line, const Connection* connection) const {
  if (!style_.title || connection == nullptr || connection->title.empty()) return;
  line.gap(2);
  line.left(printable(connection->title), 0, kDim);
}

std::string TextLines::netns_cell(const FourTuple& tuple, const Connection* connection) const {
  return connection != nullptr ? netns_text(*connection, style_.namespaces)
                               : netns_text(tuple.netns, style_.namespaces);
}

void TextLines::tell_apart(std::string& out, const FourTuple& tuple, const Connection* connection,
                           std::string (TextLines::*titles)() const) {
  if (style_.netns || tuple.netns == 0) return;
  if (only_netns_ == 0) only_netns_ = tuple.netns;
  if (only_netns_ == tuple.netns) return;
  style_.netns = true;
  static_cast<void>(netns_.fit(display_width(netns_cell(tuple, connection))));  // the titles stand above it
  out += (this->*titles)();
}

void TextLines::begin_header(Line& line) const {
  line.left("TIME", kTimeWidth, kBold);
  if (style_.netns) {
    line.gap(1);
    line.left("NETNS", netns_.width(), kBold);
  }
  line.gap(1);
  line.left("OWNER", owner_.width(), kBold);
  line.gap(1);
  line.left("LOCAL", local_.width() + kArrowWidth, kBold);
  line.left("REMOTE", remote_.width(), kBold);
  line.gap(2);
}

std::string TextLines::header() const {
  std::string out;
  Line line(out, style_.colour);
  begin_header(line);
  line.left("FROM", kStateWidth + kArrowWidth, kBold);
  line.left("TO", kStateWidth, kBold);
  line.gap(2);
  line.right("AFTER", kDurationWidth, kBold);
  line.gap(2);
  line.left("REASON", 0, kBold);
  line.end();
  return out;
}

void TextLines::append(std::string& out, const Transition& change) {
  const FourTuple tuple = change.connection != nullptr ? change.connection->tuple : FourTuple{};
  tell_apart(out, tuple, change.connection, &TextLines::header);
  Line line(out, style_.colour);
  begin(line, change.time, tuple, change.connection);
  line.left(state_text(change.from), kStateWidth, state_colour(change.from));
  line.gap(1);
  line.left("→", 1);
  line.gap(1);
  line.left(state_text(change.to), kStateWidth, state_colour(change.to));
  line.gap(2);
  line.right(change.after ? format_duration(*change.after) : kUnknown, kDurationWidth);
  line.gap(2);
  std::string reason = reason_text(change);
  // Without an event the time is that of the snapshot, not of the change itself.
  if (change.evidence == Evidence::confirmed)
    reason += reason.empty() ? "(seen by snapshot)" : " (seen by snapshot)";
  if (change.evidence == Evidence::expected) reason += reason.empty() ? "(expected)" : " (expected)";
  line.left(reason, 0, reason_colour(change));
  append_title(line, change.connection);
  line.end();
}

void TextLines::append(std::string& out, const Retransmit& change) {
  tell_apart(out, change.tuple, change.connection, &TextLines::header);
  Line line(out, style_.colour);
  begin(line, change.time, change.tuple, change.connection);
  line.left(state_text(change.state), kStateWidth + kArrowWidth, state_colour(change.state));
  line.left("retransmit", kStateWidth, kYellow);
  line.gap(2);
  std::string count;
  if (change.count != 0) count.append("#").append(std::to_string(change.count));
  line.right(count, kDurationWidth);
  line.gap(2);
  line.left(change.synack ? "SYN-ACK" : change.state == TcpState::syn_sent ? "SYN" : "", 0, kDim);
  line.end();
}

void TextLines::append(std::string& out, const Reset& change) {
  tell_apart(out, change.tuple, change.connection, &TextLines::header);
  Line line(out, style_.colour);
  begin(line, change.time, change.tuple, change.connection);
  line.left(state_text(change.state), kStateWidth + kArrowWidth, state_colour(change.state));
  line.left("RST", kStateWidth, kRed);
  line.gap(2);
  line.right("", kDurationWidth);
  line.gap(2);
  std::string text = change.sent ? "sent" : "received";
  if (change.reason) {
    const std::string name = reset_reasons_ ? printable(reset_reasons_(*change.reason)) : std::string();
    text += name.empty() ? ", reason " + std::to_string(*change.reason) : ": " + name;
  }
  line.left(text, 0, kRed);
  line.end();
}

void TextLines::append(std::string& out, const End& change) { append_end(out, "end", change.connection); }

void TextLines::append(std::string& out, const Correction& change) {
  append_end(out, "correction", change.connection);
}

void TextLines::append_end(std::string& out, std::string_view word, const Connection* ended) {
  if (ended == nullptr) return;
  const Connection& connection = *ended;
  const auto time = duration(connection, connection.closed);
  tell_apart(out, connection.tuple, &connection, &TextLines::header);
  Line line(out, style_.colour);
  begin(line, end_time(connection), connection.tuple, &connection);
  line.left(word, kStateWidth + kArrowWidth + kStateWidth, kBold);
  line.gap(2);
  line.right(time ? format_duration(*time) : kUnknown, kDurationWidth);
  line.gap(2);
  std::string text = reason_text(connection);
  if (connection.stats) {
    if (!text.empty()) text += ", ";
    text += format_bytes(connection.stats->bytes_sent) + " sent, " +
            format_bytes(connection.stats->bytes_received) + " received";
  }
  line.left(text, 0, is_failure(connection.end_reason) ? kRed : kDim);
  append_title(line, ended);
  line.end();
}

void TextLines::append(std::string& out, const Lost& change) {
  Line line(out, style_.colour);
  line.left(local_time(clock_, change.to), kTimeWidth, kDim);
  line.gap(1);
  std::string text =
      "-- " + std::to_string(change.count) + (change.count == 1 ? " event" : " events") + " lost";
  if (change.from.known()) text += " since " + local_time(clock_, change.from);
  line.left(text + " --", 0, kRed);
  line.end();
}

void TextLines::append(std::string& out, const SnapshotMerged& change) {
  Line line(out, style_.colour);
  line.left(local_time(clock_, change.time), kTimeWidth, kDim);
  line.gap(1);
  line.left((change.time_wait_only ? "-- snapshot of time-wait sockets: " : "-- snapshot: ") +
                std::to_string(change.rows) + (change.rows == 1 ? " socket" : " sockets") + "; records: " +
                std::to_string(change.opened) + " opened, " + std::to_string(change.corrected) +
                " corrected, " + std::to_string(change.removed) + " gone --",
            0, kDim);
  line.end();
}

void TextLines::append(std::string& out, const FoldedExpiry& expiry) {
  tell_apart(out, expiry.tuple, nullptr, &TextLines::header);
  Line line(out, style_.colour);
  line.left(local_time(clock_, expiry.time), kTimeWidth, kDim);
  line.gap(1);
  if (style_.netns) {
    const std::string netns = expiry.netns_name.empty() ? netns_text(expiry.tuple.netns, style_.namespaces)
                                                        : printable(expiry.netns_name);
    line.left(netns, netns_.fit(display_width(netns)));
    line.gap(1);
  }
  std::string text = std::to_string(expiry.sockets);
  text += expiry.sockets == 1 ? " older TIME_WAIT socket of " : " older TIME_WAIT sockets of ";
  if (expiry.local || expiry.remote) {
    text += to_string(expiry.local ? expiry.tuple.local : expiry.tuple.remote);
  } else {
    text += to_string(expiry.tuple.local) + " – " + to_string(expiry.tuple.remote);
  }
  line.left(text + " expired", 0, kDim);
  line.end();
}

}  // namespace conntrail::view
