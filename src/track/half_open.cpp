#include "half_open.h"

#include "held.h"
#include "lifecycle.h"
#include "owners/owner_evidence.h"
#include "retransmits.h"
#include "trail.h"

namespace conntrail::track {
namespace {

// TCP_RTO_MAX, 120 s, and a little for the timer.
constexpr Nanoseconds kLongestSilence{130'000'000'000};

// It ended when nobody was looking: neither when nor how is known, only that its timer is over.
void expire(Core& core, Record& record, MonoTime now) {
  confirm_state(core, record, TcpState::close, now, true, Evidence::expected);
  report_end(core, record);
  retire(core, record, now);
}

}  // namespace

Record& open_half_open(Core& core, const SocketEvent& synack) {
  Record& record = open_record(core, synack.cookie, synack.tuple);
  Connection& c = record.c;
  record.request = true;
  record.took_addresses = true;
  c.direction = Direction::passive;
  c.gap = core.loss_pending;
  if (const auto heir = core.listeners.heir_of(core.records, c.tuple).owner)
    offer_owner(record, *heir, synack.time);
  if (synack.handshake_us != 0) {
    c.opened = synack.time - Nanoseconds(std::int64_t{synack.handshake_us} * 1000);
    take_step(core, record, {TcpState::listen, TcpState::syn_recv, c.opened});
    release_birth(core, record);
  } else {
    c.existed_before = true;
    doubt_retransmits(c);
    add_state(c, TcpState::syn_recv, core.limits.trail_steps);
    settle(core, record);
  }
  core.requests.push_back({record.slot, c.id, synack.time + kLongestSilence});
  return record;
}

Record* half_open_of(Core& core, const SocketEvent& event) {
  const bool of_child = event.to == TcpState::syn_recv || event.from == TcpState::syn_recv;
  if (!of_child || event.tuple.remote.port == 0) return nullptr;
  Record* record = core.records.find_if(event.tuple, [](const Record& candidate) {
    return candidate.request && candidate.c.cookie == 0 && candidate.c.state == TcpState::syn_recv;
  });
  if (record != nullptr) core.records.set_cookie(*record, event.cookie);
  return record;
}

void advance_half_open(Core& core, MonoTime now) {
  while (!core.requests.empty() && core.requests.front().due <= now) {
    Waiting waiting = core.requests.front();
    core.requests.pop_front();
    Record& record = core.records.at(waiting.slot);
    if (!record.in_use || record.c.id != waiting.id || record.c.gone || !record.request) continue;
    waiting.due = record.c.last_event + kLongestSilence;
    if (waiting.due > now) {
      core.requests.push_back(waiting);
    } else {
      expire(core, record, now);
    }
  }
}

}  // namespace conntrail::track
