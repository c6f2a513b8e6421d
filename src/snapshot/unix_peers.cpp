#include "unix_peers.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conntrail/base/unique_fd.h"
#include "diag_receiver.h"

namespace conntrail::snapshot {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kSequence = 1;
constexpr int kMaxErrno = 4095;

struct DumpRequest {
  nlmsghdr header;
  unix_diag_req body;
};

constexpr std::size_t align4(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

// `bytes` holds a T.
template <class T>
T read_as(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// The UNIX_DIAG_PEER among the attributes; 0 without.
std::uint64_t find_peer(Bytes attributes) {
  while (attributes.size() >= sizeof(nlattr)) {
    const auto header = read_as<nlattr>(attributes);
    if (header.nla_len < sizeof(nlattr) || header.nla_len > attributes.size()) return 0;
    const Bytes value = attributes.subspan(sizeof(nlattr), header.nla_len - sizeof(nlattr));
    if ((header.nla_type & NLA_TYPE_MASK) == UNIX_DIAG_PEER && value.size() >= sizeof(std::uint32_t)) {
      return read_as<std::uint32_t>(value);
    }
    attributes = attributes.subspan(std::min(align4(header.nla_len), attributes.size()));
  }
  return 0;
}

std::unexpected<Error> cannot_dump(int error) {
  return fail_errno("cannot read the peers of UNIX sockets by sock_diag",
                    error == ENOENT ? EOPNOTSUPP : error);
}

}  // namespace

UnixDiagDatagram decode_unix_diag(Bytes datagram, std::uint32_t sequence,
                                  const std::function<void(const UnixPeering&)>& peering) {
  UnixDiagDatagram result;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto header = read_as<nlmsghdr>(datagram);
    if (header.nlmsg_len < sizeof(nlmsghdr) || header.nlmsg_len > datagram.size()) break;
    const Bytes payload = datagram.subspan(sizeof(nlmsghdr), header.nlmsg_len - sizeof(nlmsghdr));
    datagram = datagram.subspan(std::min(align4(header.nlmsg_len), datagram.size()));
    if (header.nlmsg_seq != sequence) continue;
    result.interrupted = result.interrupted || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      const int code = payload.size() >= sizeof(int) ? read_as<int>(payload) : 0;
      if (code < 0) result.error = code >= -kMaxErrno ? -code : EPROTO;
      result.done = true;
      break;
    }
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || payload.size() < sizeof(unix_diag_msg)) continue;
    const auto message = read_as<unix_diag_msg>(payload);
    const std::uint64_t peer = find_peer(payload.subspan(align4(sizeof(unix_diag_msg))));
    if (message.udiag_family == AF_UNIX && peer != 0) peering({message.udiag_ino, peer});
  }
  return result;
}

Result<void> stream_unix_peers(const std::function<void(const UnixPeering&)>& peering) {
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return cannot_dump(errno);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
    return cannot_dump(errno);
  }
  DumpRequest request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = kSequence;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_states = ~0U;
  request.body.udiag_show = UDIAG_SHOW_PEER;
  if (::send(fd.get(), &request, sizeof(request), 0) < 0) return cannot_dump(errno);

  DiagReceiver receiver(fd.get(), kSequence);
  for (;;) {
    const DiagReceiver::Datagram datagram = receiver.next();
    if (datagram.error == ENOBUFS) return {};  // a part of the answer was dropped; the rest stands
    if (datagram.error != 0) return cannot_dump(datagram.error);
    const UnixDiagDatagram result = decode_unix_diag(datagram.bytes, kSequence, peering);
    if (result.error != 0) return cannot_dump(result.error);
    if (result.done) return {};
    if (datagram.bytes.empty()) return cannot_dump(EPROTO);
  }
}

}  // namespace conntrail::snapshot
