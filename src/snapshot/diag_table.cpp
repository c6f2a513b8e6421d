#include "diag_table.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/diag_message.h"
#include "diag_receiver.h"
#include "listener_uids.h"
#include "request_timeouts.h"

namespace conntrail::snapshot {

namespace {

constexpr std::uint32_t kSequence = 1;  // each dump has a socket of its own

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

struct DumpRequest {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

std::unexpected<Error> cannot_dump(const Table& table, int error) {
  // ENOENT: no handler for the family or protocol (inet_diag, tcp_diag or udp_diag missing).
  const int reason = error == ENOENT ? EOPNOTSUPP : error;
  return fail_errno(fmt::format("cannot read the {} sockets by sock_diag", table_name(table)), reason);
}

Result<UniqueFd> open_socket(const Table& table) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return cannot_dump(table, errno);
  // A dump never waits; this only keeps a lost end of it from hanging us for ever.
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
    return cannot_dump(table, errno);
  }
  return fd;
}

Result<void> send_request(int fd, const Table& table, Choice choice) {
  DumpRequest request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = kSequence;
  request.body.sdiag_family = static_cast<std::uint8_t>(table.family);
  request.body.sdiag_protocol = static_cast<std::uint8_t>(table.protocol);
  request.body.idiag_states = choice.states;
  request.body.idiag_ext = choice.extensions;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const auto* address = reinterpret_cast<const sockaddr*>(&kernel);
  if (::sendto(fd, &request, sizeof(request), 0, address, sizeof(kernel)) < 0)
    return cannot_dump(table, errno);
  return {};
}

Result<TableReport> dump(const Table& table, Choice choice, const RowFunction& row) {
  auto fd = open_socket(table);
  if (!fd) return std::unexpected(fd.error());
  if (auto sent = send_request(fd->get(), table, choice); !sent) return std::unexpected(sent.error());

  TableReport report;
  DiagReceiver receiver(fd->get(), kSequence);
  for (;;) {
    const DiagReceiver::Datagram datagram = receiver.next();
    if (datagram.error == ENOBUFS) {  // the kernel dropped a part of its answer
      report.interrupted = true;
      return report;
    }
    if (datagram.error != 0) return cannot_dump(table, datagram.error);
    const DiagDatagram result = decode_diag(datagram.bytes, kSequence, table.protocol, table.netns, row);
    report.malformed += result.malformed;
    report.interrupted = report.interrupted || result.interrupted;
    if (result.error != 0) return cannot_dump(table, result.error);
    if (result.done) return report;
    if (datagram.bytes.empty()) return cannot_dump(table, EPROTO);
  }
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
