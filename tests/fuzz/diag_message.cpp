// sock_diag's answers. The witness walks the messages with the kernel's own macros and writes each row again.
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "check.h"
#include "conntrail/snapshot/diag_message.h"

namespace conntrail::fuzz {
namespace {

constexpr std::uint32_t kSequence = 0x01010101;
constexpr std::uint32_t kNetns = 4026531840;

// What a row says of the fixed part of its message, as the kernel would write it.
inet_diag_msg message_of(const SocketRow& row, const inet_diag_msg& original) {
  inet_diag_msg message = original;  // whatever no row has
  message.idiag_family = static_cast<std::uint8_t>(row.tuple.family);
  const std::size_t length = row.tuple.family == Family::inet ? 4 : 16;
  std::memcpy(message.id.idiag_src, row.tuple.local.address.bytes.data(), length);
  std::memcpy(message.id.idiag_dst, row.tuple.remote.address.bytes.data(), length);
  message.id.idiag_sport = htons(row.tuple.local.port);
  message.id.idiag_dport = htons(row.tuple.remote.port);
  message.id.idiag_if = row.interface;
  message.id.idiag_cookie[0] = static_cast<std::uint32_t>(row.cookie);
  message.id.idiag_cookie[1] = static_cast<std::uint32_t>(row.cookie >> 32U);
  if (tcp_state_from_kernel(original.idiag_state) != row.state) message.idiag_state = 0xff;
  message.idiag_timer = row.timer_raw;
  message.idiag_expires = static_cast<std::uint32_t>(row.timer_left.count() / 1'000'000);
  message.idiag_rqueue = row.receive_queue;
  message.idiag_wqueue = row.backlog.value_or(row.send_queue);
  message.idiag_uid = row.uid;
  message.idiag_inode = static_cast<std::uint32_t>(row.inode);
  return message;
}

// The rows that the datagram holds, by <linux/netlink.h>: up to the message that ends the dump or is torn.
std::vector<inet_diag_msg> messages_in(const std::vector<std::byte>& datagram) {
  std::vector<inet_diag_msg> found;
  auto left = static_cast<unsigned>(datagram.size());
  const auto* header = reinterpret_cast<const nlmsghdr*>(datagram.data());
  while (NLMSG_OK(header, left)) {
    const unsigned length = header->nlmsg_len;
    if (header->nlmsg_seq == kSequence) {
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) break;
      inet_diag_msg message{};
      if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY && length >= NLMSG_LENGTH(sizeof message)) {
        std::memcpy(&message, NLMSG_DATA(header), sizeof message);
        if (message.idiag_family == AF_INET || message.idiag_family == AF_INET6) found.push_back(message);
      }
    }
    if (NLMSG_ALIGN(length) >= left) break;
    header = NLMSG_NEXT(header, left);
  }
  return found;
}

void check(const std::vector<std::byte>& datagram, Protocol protocol) {
  std::vector<SocketRow> rows;
  const auto result = snapshot::decode_diag(datagram, kSequence, protocol, kNetns,
                                            [&rows](const SocketRow& row) { rows.push_back(row); });
  require(result.error >= 0 && result.error <= 4095, "an errno that is none");
  require(result.error == 0 || result.done, "an error that does not end the dump");

  const auto expected = messages_in(datagram);
  require(rows.size() == expected.size(), "a row lost or invented");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const inet_diag_msg again = message_of(rows[i], expected[i]);
    require(std::memcmp(&again, &expected[i], sizeof again) == 0, "a row written again has other values");
    require(rows[i].protocol == protocol && rows[i].tuple.netns == kNetns, "a row of another table");
    const bool listener = protocol == Protocol::tcp && rows[i].state == TcpState::listen;
    require(rows[i].backlog.has_value() == listener, "a backlog without a listener");
    require(!rows[i].stats || (protocol == Protocol::tcp && !listener), "statistics without a connection");
  }
}

}  // namespace
}  // namespace conntrail::fuzz

// The first byte chooses the protocol. Sequence numbers are one byte four times, so that a mutation meets
// them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  const auto protocol = data[0] % 2 == 0 ? conntrail::Protocol::tcp : conntrail::Protocol::udp;
  std::vector<std::byte> datagram(size - 1);  // of just this size, and aligned as recv() would have it
  if (size > 1) std::memcpy(datagram.data(), data + 1, size - 1);
  check(datagram, protocol);
  return 0;
}
