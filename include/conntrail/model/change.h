// Change: what the tracker reports after it took in an event, a row or the passing of time. Views print
// changes; the store writes them. A sink gets a change while the record is as the change left it; its pointer
// to the record is valid during that call only.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/socket_event.h"

namespace conntrail {

// A connection went from one state to another (JSON type "transition").
struct Transition {
  const Connection* connection = nullptr;
  MonoTime time;
  TcpState from = TcpState::unknown;
  TcpState to = TcpState::unknown;
  std::optional<Nanoseconds> after;     // time spent in `from`; empty when its start was not seen
  int error = 0;                        // errno the socket has
  Evidence evidence = Evidence::event;  // confirmed: a snapshot showed it, no event did
};

// A segment was sent again (JSON type "retransmit").
struct Retransmit {
  const Connection* connection = nullptr;  // null when no record has it (a request socket's SYN-ACK)
  FourTuple tuple;
  MonoTime time;
  TcpState state = TcpState::unknown;
  bool synack = false;
  std::uint32_t count = 0;  // of this connection so far, this one included
};

// An RST was sent or received (JSON type "reset").
struct Reset {
  const Connection* connection = nullptr;  // null when no socket is behind it (a refused SYN)
  FourTuple tuple;
  MonoTime time;
  TcpState state = TcpState::unknown;
  bool sent = false;
  std::optional<std::uint32_t> reason;  // enum sk_rst_reason, where the kernel gave one
};

// The application's connection is over (JSON type "end").
struct End {
  const Connection* connection = nullptr;
};

// What the "end" line said of the reason, of who closed first or of the time-wait socket was not the whole
// truth; the record is right now (JSON type "correction").
struct Correction {
  const Connection* connection = nullptr;
};

// Events were lost (JSON type "lost").
struct Lost {
  std::uint64_t count = 0;
  MonoTime from;  // interval in which they were lost
  MonoTime to;
};

// A snapshot was merged (JSON type "snapshot").
struct SnapshotMerged {
  MonoTime time;
  bool time_wait_only = false;  // a check of time-wait sockets, not of the whole table
  std::uint64_t rows = 0;
  std::uint64_t opened = 0;     // records it opened
  std::uint64_t corrected = 0;  // records whose state it corrected
  std::uint64_t removed = 0;    // records it showed to be gone
};

using Change = std::variant<Transition, Retransmit, Reset, End, Correction, Lost, SnapshotMerged>;

}  // namespace conntrail
