// diag_dump: the least that reading all TCP sockets can cost. Dumps IPv4 and IPv6 by sock_diag in the
// caller's network namespace and counts the answers; prints the count. What netstat-table measures against.

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include <fmt/core.h>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace {

using conntrail::fail;
using conntrail::fail_errno;
using conntrail::Result;
using conntrail::UniqueFd;

// More than the kernel puts into one answer (32 KiB).
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;
// Every state that /proc/net/tcp lists, those of request sockets included.
constexpr std::uint32_t kAllStates = 0x1ffe;

struct DumpRequest {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// Counts the sockets of one answer; true at the end of the dump.
Result<bool> count_datagram(const std::vector<char>& buffer, std::size_t length, std::uint64_t& count) {
  std::size_t at = 0;
  while (at + sizeof(nlmsghdr) <= length) {
    nlmsghdr header{};
    std::memcpy(&header, buffer.data() + at, sizeof header);
    if (header.nlmsg_type == NLMSG_DONE) return true;
    if (header.nlmsg_type == NLMSG_ERROR) return fail("sock_diag refused the dump");
    if (header.nlmsg_len < sizeof header) return fail("a torn answer");
    ++count;
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return false;
}

Result<std::uint64_t> count_sockets(std::uint8_t family) {
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return fail_errno("cannot open sock_diag", errno);
  DumpRequest request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = kAllStates;
  if (::send(fd.get(), &request, sizeof request, 0) < 0) return fail_errno("cannot ask sock_diag", errno);
  std::vector<char> buffer(kReceiveBytes);
  std::uint64_t count = 0;
  for (;;) {
    const ssize_t length = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return fail_errno("cannot read from sock_diag", errno);
    const auto done = count_datagram(buffer, static_cast<std::size_t>(length), count);
    if (!done) return std::unexpected(done.error());
    if (*done) return count;
  }
}

}  // namespace

int main() {
  std::uint64_t total = 0;
  for (const int family : {AF_INET, AF_INET6}) {
    const auto count = count_sockets(static_cast<std::uint8_t>(family));
    if (!count) {
      fmt::print(stderr, "diag_dump: {}\n", format_error(count.error()));
      return conntrail::exit_code(count.error().kind);
    }
    total += *count;
  }
  fmt::print("{}\n", total);
  return 0;
}
