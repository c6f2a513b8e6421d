#include "retransmit/loss_pattern.h"

#include <algorithm>

#include "figures.h"
#include "finding_builder.h"

namespace conntrail::diagnose {

std::optional<double> LossPattern::rate() const {
  if (!known || out_segments <= 0) return std::nullopt;
  // OutSegs counts every segment once: those sent again are not in it (RFC 4022, tcpOutSegs).
  return ratio(static_cast<double>(data()), static_cast<double>(out_segments + data()));
}

std::string LossPattern::kind() const {
  constexpr std::int64_t kEnough = 5;
  // Asked for first: a probe or a timeout that repaired nothing may be counted nowhere else.
  if (spurious >= kEnough && spurious * 2 > data()) return "spurious";
  const std::int64_t tail = probe_repairs + timeouts;
  if (tail + fast < kEnough) return {};
  return tail > fast ? "tail" : "path";
}

double LossPattern::needed_share() const {
  if (!known || data() == 0) return 1;
  return 1 - std::min(1.0, ratio(static_cast<double>(spurious), static_cast<double>(data())));
}

void LossPattern::leave_out(std::int64_t count) {
  retransmitted = std::max(syns, retransmitted - count);
  timeouts = std::max<std::int64_t>(0, timeouts - count);
}

LossPattern loss_pattern(const HostCounters& counters) {
  LossPattern pattern;
  const auto retransmitted = counters.growth(counter::kRetransSegs);
  const auto out = counters.growth(counter::kOutSegs);
  pattern.known = retransmitted && out;
  pattern.retransmitted = retransmitted.value_or(0);
  pattern.out_segments = out.value_or(0);
  pattern.syns = counters.growth_or_0(counter::kSynRetrans);
  pattern.fast = counters.growth_or_0(counter::kFastRetrans);
  pattern.slow_start = counters.growth_or_0(counter::kSlowStartRetrans);
  pattern.probes = counters.growth_or_0(counter::kLossProbes);
  pattern.probe_repairs = counters.growth_or_0(counter::kLossProbeRecovery);
  // TCPTimeouts counts the timers of SYNs and of request sockets too; TCPSynRetrans what these sent.
  pattern.timeouts = std::max<std::int64_t>(0, counters.growth_or_0(counter::kTimeouts) - pattern.syns);
  pattern.lost_again = counters.growth_or_0(counter::kLostRetransmit);
  pattern.spurious = counters.growth_or_0(counter::kDSACKRecv) + counters.growth_or_0(counter::kDSACKOfoRecv);
  pattern.in_host_queue = counters.growth_or_0(counter::kSpuriousRtxHostQueues);
  return pattern;
}

void add_facts(Finding& finding, const LossPattern& pattern) {
  if (!pattern.known) return;
  add_fact(finding, "out_segments", pattern.out_segments);
  add_fact(finding, "retransmitted_segments", pattern.retransmitted);
  add_fact(finding, "fast_retransmits", pattern.fast);
  add_fact(finding, "slow_start_retransmits", pattern.slow_start);
  add_fact(finding, "tail_loss_probes", pattern.probes);
  add_fact(finding, "tail_loss_repairs", pattern.probe_repairs);
  add_fact(finding, "data_timeouts", pattern.timeouts);
  add_fact(finding, "retransmits_lost", pattern.lost_again);
  add_fact(finding, "spurious_segments", pattern.spurious);
  add_fact(finding, "retransmits_in_host_queue", pattern.in_host_queue);
}

}  // namespace conntrail::diagnose
