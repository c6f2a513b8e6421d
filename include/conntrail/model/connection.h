// Connection: the one record that every view of conntrail shows: what the connection is, how it got there,
// why it ended.
//
// Written by the tracker only. It covers the request socket, the full socket and the time-wait socket of one
// connection, which share the kernel's socket cookie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/owner.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail {

enum class Direction : std::uint8_t { unknown, active, passive };
enum class ClosedFirst : std::uint8_t { none, local, remote, both };

enum class EndReason : std::uint8_t {
  unknown,
  normal,          // both FINs were exchanged
  refused,         // RST answered the SYN
  timeout,         // the kernel gave up: SYN, data, keepalive or this side's FIN got no answer
  reset_by_peer,   // an RST came in
  reset_by_local,  // this side sent an RST (linger 0, unread data, abort)
  aborted,         // closed by its own side in SYN_RECV; in old records any close before ESTABLISHED
  unreachable,     // EHOSTUNREACH, ENETUNREACH and other ICMP errors
  killed,          // destroyed from outside (ss -K, ECONNABORTED by tcp_abort), or its namespace went
  no_port,         // connect() found no free local port (EADDRNOTAVAIL)
  rejected,        // an ICMP error answered the SYN while connect() was under way, and the program closed
  gave_up,         // the program closed before an answer came
  fallback,        // the same, because another address had answered it first
  repair,          // closed under TCP_REPAIR: no FIN, no RST; the connection may live on elsewhere
};
inline constexpr EndReason kLastEndReason = EndReason::repair;

[[nodiscard]] std::string_view direction_name(Direction direction);
[[nodiscard]] std::string_view closed_first_name(ClosedFirst closed_first);
[[nodiscard]] std::string_view end_reason_name(EndReason reason);

// One state the connection was in. `left` is unknown while it still is.
struct TrailStep {
  TcpState state = TcpState::unknown;
  MonoTime entered;  // unknown when the state was found by a snapshot
  MonoTime left;
  bool operator==(const TrailStep&) const = default;
};

// A moment in its life that is not a change of state.
enum class MarkKind : std::uint8_t {
  retransmit,      // a segment was sent again
  syn_retransmit,  // the same in SYN_SENT or SYN_RECV
  reset_sent,
  reset_received,
  owner,  // from here on another process is the owner: it was seen to use or to hold it
};

[[nodiscard]] std::string_view mark_kind_name(MarkKind kind);

struct Mark {
  MarkKind kind = MarkKind::retransmit;
  MonoTime time;
  std::uint32_t from_pid = 0;  // owner only
  std::uint32_t to_pid = 0;
  bool operator==(const Mark&) const = default;
};

inline constexpr std::size_t kMostMarks = 32;  // per connection; resets and owners before retransmits

// What the end of a time-wait socket (or its entry from FIN_WAIT2) rests on.
enum class Evidence : std::uint8_t {
  none,       // nothing of the kind happened
  event,      // a kernel event said so
  expected,   // computed (entry + 60 s), not seen yet
  confirmed,  // a snapshot showed it
};

struct Connection {
  std::uint64_t id = 0;      // the tracker's own number, from 1, never reused
  std::uint64_t cookie = 0;  // the kernel's; 0 only where the source has none (/proc polling)
  FourTuple tuple;
  TcpState state = TcpState::unknown;
  Direction direction = Direction::unknown;
  Owner owner;
  std::vector<Holder> holders;      // all processes that have it open, as the last file-table scan saw them
  std::vector<TrailStep> trail;     // oldest first, by time
  std::uint32_t trail_dropped = 0;  // steps let go from the front of a very long trail
  std::vector<Mark> marks;          // by time; up to kMostMarks
  std::uint32_t marks_dropped = 0;  // marks for which there was no room

  MonoTime opened;       // first seen SYN_SENT / SYN_RECV / LISTEN; unknown when it was there before us
  MonoTime established;  // first ESTABLISHED
  MonoTime state_since;  // entry into `state`; unknown when not seen
  MonoTime closed;       // end of the application's connection (see `ended`)
  MonoTime last_event;   // newest event or snapshot that touched it

  bool ended = false;           // the full socket is gone; a time-wait socket may live on
  bool gone = false;            // nothing of it is left in the kernel
  bool existed_before = false;  // found by a snapshot; its opening was not observed
  bool gap = false;             // events were lost while it lived

  EndReason end_reason = EndReason::unknown;
  ClosedFirst closed_first = ClosedFirst::none;
  int error = 0;  // errno the socket ended with

  bool fin_sent = false;      // this side's FIN (shutdown or close)
  bool fin_received = false;  // the peer's
  bool reset_sent = false;
  bool reset_received = false;
  // Why this side sent its RST: enum sk_rst_reason of the kernel it ran on (6.10 and newer); empty = the
  // kernel did not say.
  std::optional<std::uint32_t> reset_reason;

  // Seen as events, plus those that the socket itself counted before it was observed.
  std::uint32_t retransmits = 0;
  std::uint32_t syn_retransmits = 0;  // those in SYN_SENT or SYN_RECV
  std::optional<SocketStats> stats;

  // The time-wait socket.
  bool time_wait = false;      // a time-wait socket took over (also in substate FIN_WAIT2)
  MonoTime time_wait_entered;  // substate TIME_WAIT reached
  MonoTime time_wait_expires;  // when the kernel's timer is due
  Evidence time_wait_entry_evidence = Evidence::none;
  Evidence time_wait_exit_evidence = Evidence::none;

  // Current queue figures, as the newest snapshot saw them.
  std::uint32_t receive_queue = 0;
  std::uint32_t send_queue = 0;
  std::uint64_t inode = 0;

  std::uint8_t closer_signal = 0;  // the process that closed it was dying of this signal; 0 = it was not
  IpAddress fallback_addr;         // of end_reason fallback: the address that answered first
  // Of a listener: how many connections may wait for accept(), min(listen()'s argument, somaxconn).
  std::optional<std::uint32_t> backlog;
  // The owner's command line, where somebody asked for it. As snapshot/process_title.h read it: secrets are
  // masked, it is not yet made printable.
  std::string title;
  // What the host calls the network namespace (its name under /run/netns), as it was while the connection
  // lived: the kernel soon gives the number to another.
  std::string netns_name;

  // Of a connection that was there before and whose socket no source has asked for its count: there may have
  // been more than `retransmits` says. The same of `syn_retransmits`.
  bool retransmits_unknown = false;
  bool syn_retransmits_unknown = false;

  bool operator==(const Connection&) const = default;
};

// Whether closed_first says something: of a living connection that nobody has closed there is nothing to say;
// where both FINs are known and their order is not, or nobody saw the end, it is not known.
[[nodiscard]] bool knows_closed_first(const Connection& connection);

// It ended, for a known reason with which nobody got what was asked for.
[[nodiscard]] bool has_failed(const Connection& connection);

template <class Value>
struct ConnectionField {
  std::string_view name;
  Value Connection::*member;
};

// Every field of a Connection, in the order above; a new one goes to the end (docs/how-to.md). By this list
// the recorder sees what has changed, a capture carries what came later, and the tests find what a stored
// form forgets.
inline constexpr std::tuple kConnectionFields{
    ConnectionField{"id", &Connection::id},
    ConnectionField{"cookie", &Connection::cookie},
    ConnectionField{"tuple", &Connection::tuple},
    ConnectionField{"state", &Connection::state},
    ConnectionField{"direction", &Connection::direction},
    ConnectionField{"owner", &Connection::owner},
    ConnectionField{"holders", &Connection::holders},
    ConnectionField{"trail", &Connection::trail},
    ConnectionField{"trail_dropped", &Connection::trail_dropped},
    ConnectionField{"marks", &Connection::marks},
    ConnectionField{"marks_dropped", &Connection::marks_dropped},
    ConnectionField{"opened", &Connection::opened},
    ConnectionField{"established", &Connection::established},
    ConnectionField{"state_since", &Connection::state_since},
    ConnectionField{"closed", &Connection::closed},
    ConnectionField{"last_event", &Connection::last_event},
    ConnectionField{"ended", &Connection::ended},
    ConnectionField{"gone", &Connection::gone},
    ConnectionField{"existed_before", &Connection::existed_before},
    ConnectionField{"gap", &Connection::gap},
    ConnectionField{"end_reason", &Connection::end_reason},
    ConnectionField{"closed_first", &Connection::closed_first},
    ConnectionField{"error", &Connection::error},
    ConnectionField{"fin_sent", &Connection::fin_sent},
    ConnectionField{"fin_received", &Connection::fin_received},
    ConnectionField{"reset_sent", &Connection::reset_sent},
    ConnectionField{"reset_received", &Connection::reset_received},
    ConnectionField{"reset_reason", &Connection::reset_reason},
    ConnectionField{"retransmits", &Connection::retransmits},
    ConnectionField{"syn_retransmits", &Connection::syn_retransmits},
    ConnectionField{"stats", &Connection::stats},
    ConnectionField{"time_wait", &Connection::time_wait},
    ConnectionField{"time_wait_entered", &Connection::time_wait_entered},
    ConnectionField{"time_wait_expires", &Connection::time_wait_expires},
    ConnectionField{"time_wait_entry_evidence", &Connection::time_wait_entry_evidence},
    ConnectionField{"time_wait_exit_evidence", &Connection::time_wait_exit_evidence},
    ConnectionField{"receive_queue", &Connection::receive_queue},
    ConnectionField{"send_queue", &Connection::send_queue},
    ConnectionField{"inode", &Connection::inode},
    ConnectionField{"closer_signal", &Connection::closer_signal},
    ConnectionField{"fallback_addr", &Connection::fallback_addr},
    ConnectionField{"backlog", &Connection::backlog},
    ConnectionField{"title", &Connection::title},
    ConnectionField{"netns_name", &Connection::netns_name},
    ConnectionField{"retransmits_unknown", &Connection::retransmits_unknown},
    ConnectionField{"syn_retransmits_unknown", &Connection::syn_retransmits_unknown}};

}  // namespace conntrail
