// The parts of a timeline, from top to bottom.
#include "conntrail/view/timeline.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/errno_name.h"
#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "durations.h"
#include "netns_text.h"
#include "owner_text.h"
#include "palette.h"
#include "quantity.h"
#include "timeline_steps.h"

namespace conntrail::view {
namespace {

constexpr std::size_t kLabelWidth = 13;

std::string_view arrow(Direction direction) {
  switch (direction) {
    case Direction::active:
      return " → ";
    case Direction::passive:
      return " ← ";
    case Direction::unknown:
      break;
  }
  return " – ";
}

std::string_view evidence_text(OwnerSource source) {
  switch (source) {
    case OwnerSource::inherited:
      return "the listener's owner, who need not have accepted it";
    case OwnerSource::fd:
      return "seen in its file table";
    case OwnerSource::accept:
      return "it used the accepted socket";
    case OwnerSource::listen:
      return "it called listen()";
    case OwnerSource::connect:
      return "it called connect()";
    case OwnerSource::close:
      return "it closed the connection";
    case OwnerSource::unknown:
      break;
  }
  return "nobody saw whose it is";
}

class Timeline {
 public:
  Timeline(const Connection& connection, const WallClock& clock, MonoTime now, const TimelineOptions& options)
      : c_(connection), clock_(clock), now_(now), options_(options), row_(out_, options.colour) {}

  std::string render() {
    head();
    life();
    append_steps(out_, c_, clock_, now_, options_);
    statistics();
    verdict();
    return std::move(out_);
  }

 private:
  void fact(std::string_view label, std::string_view text, std::string_view colour = kNoColour) {
    row_.left(label, kLabelWidth, kDim);
    row_.left(text, 0, colour);
    row_.end();
  }
  [[nodiscard]] std::string wall(MonoTime time) const {
    std::string out;
    append_local_date_time_us(out, clock_.real_ns(time));
    return out;
  }

  void head() {
    row_.left(to_string(c_.tuple.local), 0, kBold);
    row_.left(arrow(c_.direction), 0);
    row_.left(to_string(c_.tuple.remote), 0, kBold);
    row_.end();
    std::string names = "id " + std::to_string(c_.id);
    if (c_.cookie != 0) names += ", cookie " + std::to_string(c_.cookie);
    if (c_.tuple.netns != 0) {
      const std::string number = std::to_string(c_.tuple.netns);
      const std::string shown = netns_text(c_, options_.namespaces);
      names += ", network namespace " + (shown == number ? number : shown + " (" + number + ")");
    }
    if (c_.tuple.family != Family::unspecified) names += ", " + std::string(family_name(c_.tuple.family));
    fact("connection", names);
    std::string owner = owner_text(c_.owner);
    if (c_.owner.has_uid) owner += ", uid " + std::to_string(c_.owner.uid);
    if (c_.owner.cgroup_id != 0) owner += ", cgroup " + std::to_string(c_.owner.cgroup_id);
    const bool one_of_several = c_.owner.named() && !c_.owner.known();
    fact("owner", owner + " (" +
                      std::string(one_of_several ? "one of its processes, which one was not seen"
                                                 : evidence_text(c_.owner.source)) +
                      ")");
    if (!c_.title.empty()) fact("title", printable(c_.title));
    if (!c_.holders.empty()) fact("held by", holders_text(c_));
  }

  void life() {
    std::string opened = c_.opened.known() ? wall(c_.opened) : "before it was watched";
    if (c_.direction == Direction::active) opened += " by this side";
    if (c_.direction == Direction::passive) opened += " by the peer";
    if (const auto time = connect_time(c_)) opened += ", connected after " + format_duration(*time);
    fact("opened", opened);
    const auto time = duration(c_, now_);
    const std::string took = time ? format_duration(*time) : std::string();
    if (c_.ended) {
      std::string closed = c_.closed.known() ? wall(c_.closed) : "not seen when";
      if (!took.empty()) closed += ", after " + took;
      fact("closed", closed);
    } else {
      fact("open", "as of " + wall(now_) + (took.empty() ? "" : ", for " + took));
    }
  }

  void statistics() {
    out_ += '\n';
    if (c_.stats) {
      const SocketStats& stats = *c_.stats;
      std::string sent =
          format_bytes(stats.bytes_sent) + " in " + std::to_string(stats.segments_out) + " segments";
      if (stats.bytes_retransmitted > 0)
        sent += ", and " + format_bytes(stats.bytes_retransmitted) + " again";
      fact("sent", sent);
      fact("received",
           format_bytes(stats.bytes_received) + " in " + std::to_string(stats.segments_in) + " segments");
      if (stats.srtt_us != 0) {
        std::string rtt = format_duration(std::chrono::microseconds(stats.srtt_us)) + " smoothed";
        if (stats.min_rtt_us)
          rtt += ", " + format_duration(std::chrono::microseconds(*stats.min_rtt_us)) + " at best";
        fact("round trip", rtt);
      }
    }
    if (!c_.ended && (c_.receive_queue != 0 || c_.send_queue != 0)) {
      fact("queues", format_bytes(c_.receive_queue) + " to be read, " + format_bytes(c_.send_queue) +
                         " not yet acknowledged");
    }
    if (c_.retransmits_unknown) return;
    std::string again = std::to_string(c_.retransmits);
    if (c_.syn_retransmits > 0)
      again += ", " + std::to_string(c_.syn_retransmits) + " of them in the handshake";
    fact("retransmits", again, c_.retransmits > 0 ? kYellow : kNoColour);
  }

  void verdict() {
    std::string result = c_.ended ? std::string(end_reason_name(c_.end_reason)) : "open";
    std::replace(result.begin(), result.end(), '_', ' ');
    if (!c_.ended) result += std::string(" in ") + std::string(tcp_state_name(c_.state));
    const std::string reason = reason_text(c_);
    if (reason.starts_with(result)) {
      result = reason;
    } else if (!reason.empty()) {
      result += ": " + reason;
    }
    if (c_.error != 0 && reason.find(errno_name(c_.error)) == std::string::npos)
      result += " (" + errno_name(c_.error) + ")";
    if (const auto left = time_wait_left(c_, now_); left && c_.ended)
      result +=
          "; its " + std::string(tcp_state_name(c_.state)) + " socket goes in " + format_duration(*left);
    if (c_.reset_reason && options_.reset_reasons) {
      const std::string name = options_.reset_reasons(*c_.reset_reason);
      if (!name.empty()) result += "; RST sent for " + printable(name);
    }
    fact("result", result, is_failure(c_.end_reason) ? kRed : kNoColour);
    if (c_.gap) fact("gap", "events were lost while it lived: something may be missing above", kDim);
  }

  const Connection& c_;
  const WallClock& clock_;
  MonoTime now_;
  const TimelineOptions& options_;
  std::string out_;
  TextRow row_;
};

}  // namespace

std::string render_timeline(const Connection& connection, const WallClock& clock, MonoTime now,
                            const TimelineOptions& options) {
  return Timeline(connection, clock, now, options).render();
}

}  // namespace conntrail::view
