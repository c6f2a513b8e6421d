#include "masquerade/conntrack_table.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "masquerade/conntrack_line.h"
#include "masquerade/conntrack_message.h"
#include "proc/proc_lines.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kFile = "/proc/net/nf_conntrack";
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10U;
constexpr std::uint32_t kSequence = 1;
constexpr int kAttempts = 4;

struct DumpRequest {
  nlmsghdr header;
  nfgenmsg body;
};

// What a kernel without connection tracking, without its netlink part, or without netfilter answers.
int absence_of(int error) {
  constexpr std::array kAbsent{EPROTONOSUPPORT, EAFNOSUPPORT, EOPNOTSUPP, EINVAL, ENOENT, ECONNREFUSED};
  return std::ranges::find(kAbsent, error) != kAbsent.end() ? ENOENT : error;
}

std::expected<UniqueFd, int> send_request(int family) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return std::unexpected(absence_of(errno));
  // A dump never waits; this only keeps a lost end of it from hanging us for ever.
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
    return std::unexpected(errno);
  }
  DumpRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = kSequence;
  request.body.nfgen_family = static_cast<std::uint8_t>(family);
  request.body.version = NFNETLINK_V0;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const auto* address = reinterpret_cast<const sockaddr*>(&kernel);
  if (::sendto(fd.get(), &request, sizeof request, 0, address, sizeof kernel) < 0) {
    return std::unexpected(absence_of(errno));
  }
  return fd;
}

// The kernel's next datagram: its length or an errno.
std::expected<std::size_t, int> receive(int fd, std::span<std::byte> buffer) {
  while (true) {
    sockaddr_nl sender{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t length = ::recvmsg(fd, &message, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return std::unexpected(errno);
    if (sender.nl_pid != 0) continue;  // some process wrote to our port
    if ((message.msg_flags & MSG_TRUNC) != 0) return std::unexpected(EMSGSIZE);
    if (length == 0) return std::unexpected(EPROTO);
    return static_cast<std::size_t>(length);
  }
}

// One dump. True: the table changed so that it may lack rows.
std::expected<bool, int> dump_into(int family, std::vector<TrackedConnection>& connections) {
  const auto fd = send_request(family);
  if (!fd) return std::unexpected(fd.error());
  bool interrupted = false;
  std::vector<std::byte> buffer(kReceiveBytes);
  while (true) {
    const auto length = receive(fd->get(), buffer);
    if (!length && length.error() == ENOBUFS) return true;
    if (!length) return std::unexpected(length.error());
    const ConntrackDatagram datagram = decode_conntrack_datagram(
        std::span<const std::byte>(buffer).first(*length), kSequence,
        [&connections](const TrackedConnection& connection) { connections.push_back(connection); });
    interrupted = interrupted || datagram.interrupted;
    if (datagram.error != 0) return std::unexpected(absence_of(datagram.error));
    if (datagram.done) return interrupted;
  }
}

}  // namespace

std::expected<void, int> read_conntrack_netlink(int family, const TakeConnection& take) {
  std::vector<TrackedConnection> connections;
  for (int attempt = 1;; ++attempt) {
    connections.clear();
    const auto interrupted = dump_into(family, connections);
    if (!interrupted) return std::unexpected(interrupted.error());
    if (!*interrupted || attempt == kAttempts) break;
  }
  for (const TrackedConnection& connection : connections) take(connection);
  return {};
}

std::expected<void, int> read_conntrack_file(int family, const TakeConnection& take) {
  auto lines = ProcLines::open(kFile);
  if (!lines) return std::unexpected(lines.error());
  std::string_view line;
  while (lines->next(line)) {
    const auto connection = parse_conntrack_line(line);
    if (connection && (family == AF_UNSPEC || connection->v6 == (family == AF_INET6))) take(*connection);
  }
  return {};
}

}  // namespace conntrail::netstat
