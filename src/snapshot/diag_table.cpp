#include "diag_table.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include <span>

#include "conntrail/netlink/dump.h"
#include "conntrail/snapshot/diag_message.h"
#include "listener_uids.h"
#include "request_timeouts.h"

namespace conntrail::snapshot {

namespace {

// Bits 1 to 12: every state of a hashed socket, request sockets (TCP_NEW_SYN_RECV = 12) included, but not
// TCP_BOUND_INACTIVE (13), which /proc/net does not list either.
constexpr std::uint32_t kAllStates = 0x1ffe;
// The kernel compares a time-wait socket's substate with the mask; full sockets in FIN_WAIT2 come along.
constexpr std::uint32_t kTimeWaitStates =
    1U << static_cast<unsigned>(TcpState::time_wait) | 1U << static_cast<unsigned>(TcpState::fin_wait2);

constexpr std::uint32_t kListenStates = 1U << static_cast<unsigned>(TcpState::listen);
// Request sockets are in TCP_NEW_SYN_RECV; full sockets in SYN_RECV come along.
constexpr std::uint32_t kRequestStates = 1U << 12 | 1U << static_cast<unsigned>(TcpState::syn_recv);

// What a dump is asked for.
struct Choice {
  std::uint32_t states = kAllStates;
  std::uint8_t extensions = 0;  // a bit for each INET_DIAG_… attribute
};

constexpr std::uint8_t extension(int attribute) { return static_cast<std::uint8_t>(1U << (attribute - 1)); }

Result<TableReport> dump(const Table& table, Choice choice, const RowFunction& row) {
  inet_diag_req_v2 request{};
  request.sdiag_family = static_cast<std::uint8_t>(table.family);
  request.sdiag_protocol = static_cast<std::uint8_t>(table.protocol);
  request.idiag_states = choice.states;
  request.idiag_ext = choice.extensions;
  auto dump =
      netlink::Dump::ask({.subsystem = netlink::Subsystem::sock_diag,
                          .type = SOCK_DIAG_BY_FAMILY,
                          .answer = SOCK_DIAG_BY_FAMILY,
                          .body = std::as_bytes(std::span(&request, 1)),
                          .what = fmt::format("cannot read the {} sockets by sock_diag", table_name(table))});
  if (!dump) return std::unexpected(dump.error());

  TableReport report;
  SocketRow current;
  while (const auto payload = dump->next()) {
    if (decode_diag_row(*payload, table.protocol, table.netns, current)) {
      current.tuple.netns_cookie = table.netns_cookie;
      row(current);
    } else {
      ++report.malformed;
    }
  }
  const auto end = dump->end();
  if (!end) return std::unexpected(end.error());
  report.malformed += end->malformed;
  report.interrupted = end->interrupted;
  return report;
}

}  // namespace

Result<TableReport> read_diag_table(const Table& table, const RowFunction& row) {
  ListenerUids listeners;
  RequestTimeouts timeouts(table);
  const RowFunction accept = [&](const SocketRow& decoded) {
    if (table.time_wait_only) {
      if (decoded.kind == SocketKind::time_wait) row(decoded);
    } else if (decoded.kind == SocketKind::request) {
      SocketRow request = decoded;
      request.uid = listeners.find(request);
      if (table.request_timeouts) request.retransmits = timeouts.find(request).value_or(request.retransmits);
      row(request);
    } else {
      if (decoded.protocol == Protocol::tcp && decoded.state == TcpState::listen) listeners.add(decoded);
      row(decoded);
    }
  };
  Choice choice;
  if (table.time_wait_only) choice.states = kTimeWaitStates;
  if (table.statistics) choice.extensions = extension(INET_DIAG_INFO);
  return dump(table, choice, accept);
}

Result<TableReport> read_diag_listeners(const Table& table, const RowFunction& row) {
  return dump(table, {kListenStates, extension(INET_DIAG_SKMEMINFO)}, row);
}

Result<TableReport> read_diag_requests(const Table& table, const RowFunction& row) {
  return dump(table, {kRequestStates, 0}, [&row](const SocketRow& decoded) {
    if (decoded.kind == SocketKind::request) row(decoded);
  });
}

}  // namespace conntrail::snapshot
