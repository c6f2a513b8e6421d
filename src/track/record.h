// Record: a Connection and what only the tracker needs to know about it.
#pragma once

#include <cstdint>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "slot_index.h"

namespace conntrail::track {

// Why the next snapshot of time-wait sockets matters to a record.
enum class Watch : std::uint8_t {
  none,     // it has no time-wait socket
  doubt,    // the bucket may have been full: whether there is one is open
  waiting,  // in FIN_WAIT2 (no event tells when that ends), or its timer is not known
  timed,    // in TIME_WAIT until time_wait_expires
  closing,  // that time is near: a look now tells whether it lived until then
  overdue,  // that time has passed
};
inline constexpr int kWatchCount = 6;

// The →CLOSE event of the full socket, as far as the verdict needs it.
struct CloseFacts {
  bool seen = false;
  bool by_row = false;          // no event: a row of the time-wait socket shows that there was one
  bool hand_over = false;       // a time-wait socket took over, or would have but for a full bucket
  bool by_task = false;         // in the context of a task that holds the socket, not from a packet or timer
  bool in_connect = false;      // connect() itself failed: nobody has shut the socket down
  bool rejected = false;        // `error` is one that the socket was told of, and which did not end it
  bool repair = false;          // under TCP_REPAIR
  bool fin_unanswered = false;  // the kernel has waited for the peer's FIN in vain
  TcpState from = TcpState::unknown;
};

struct Record {
  Connection c;
  std::uint32_t slot = kNoSlot;
  bool in_use = false;

  MonoTime event_time;   // newest event that touched it
  MonoTime row_started;  // newest snapshot that showed it
  MonoTime row_finished;
  MonoTime gone_time;             // when it was found to be gone
  MonoTime owner_time;            // of the evidence for the owner
  MonoTime looked;                // the newest complete look at the file tables that showed who holds it
  MonoTime retransmits_included;  // events older than this are in `retransmits` already (counted by the
                                  // socket itself)
  MonoTime missing_started;       // a complete snapshot that should have shown it and did not; unknown = none
  MonoTime missing_finished;
  MonoTime
      time_wait_seen;  // entry into TIME_WAIT as a row's timer tells it, while the hand-over event is out

  CloseFacts close;
  Watch watch = Watch::none;
  TcpState doubt_substate = TcpState::unknown;  // what the time-wait socket in doubt would be in
  TcpState reset_sent_in = TcpState::unknown;   // state in which the last RST was sent
  std::uint16_t visited = 0;                    // states it has been in (state_bit)
  std::uint16_t confirmed =
      0;  // states whose entry was reported as confirmed by a snapshot: the event is no news
  std::uint32_t snapshot = 0;    // number of the last snapshot that had a row for it
  std::uint32_t titled_pid = 0;  // whose command line `c.title` is
  std::uint32_t watch_position = kNoSlot;
  std::uint32_t watch_netns = 0;   // namespace under which it is counted there
  std::uint64_t listener_key = 0;  // under which ListenerIndex has it; 0 = it has not

  bool tuple_indexed = false;
  bool took_addresses = false;  // time-wait sockets on its addresses were looked for
  bool end_reported = false;
  bool vanished = false;  // gone by a snapshot alone
  bool gap_by_vanishing = false;
  bool suspect = false;     // events were lost since the last complete snapshot: a row is the best there is
  bool restored = false;    // known from before, and nothing has been heard of it yet: see restore.h
  bool remembered = false;  // restored once: its life before is known from a record, not from events
  bool request = false;     // only a request socket (SYN_RECV) so far: it may go without any event
  bool polled = false;      // known from compared snapshots, without events: trail times are not to be had
  bool shared = false;      // a listener whose owner forked since its holders were read
  bool opened_as_time_wait = false;
  bool held_birth = false;  // its LISTEN→SYN_RECV is not told yet: see held.h
  bool held_end = false;
  bool held_retires = false;
  TcpState held_reset_state = TcpState::unknown;
  MonoTime held_reset;  // an RST that may have been none

  // What was told of the end.
  EndReason told_reason = EndReason::unknown;
  ClosedFirst told_first = ClosedFirst::none;
  bool told_time_wait = false;
};

}  // namespace conntrail::track
