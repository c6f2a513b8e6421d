// The datagrams of a dump, and the answers of sock_diag, unix_diag and ctnetlink in them. The witness walks
// the messages with the kernel's own macros; each row is written again.
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "check.h"
#include "conntrack_checks.h"
#include "conntrail/netlink/dump_reader.h"
#include "conntrail/snapshot/diag_message.h"
#include "unix_peers.h"

namespace conntrail::fuzz {
namespace {

using netlink::Bytes;

constexpr std::uint32_t kSequence = 0x01010101;
constexpr std::uint32_t kNetns = 4026531840;

// ---- the dump

// What a datagram holds.
struct Contents {
  std::vector<Bytes> answers;
  bool over = false;
  netlink::DumpEnd end;
};

int error_of(unsigned type, Bytes payload) {
  if (type == NLMSG_DONE && payload.empty()) return 0;
  if (payload.size() < sizeof(int)) return EPROTO;
  int code = 0;
  std::memcpy(&code, payload.data(), sizeof code);
  return code > 0 || code < -4095 ? EPROTO : -code;
}

// By <linux/netlink.h>.
Contents contents_of(const std::vector<std::byte>& datagram, std::uint16_t answer) {
  Contents found;
  auto left = static_cast<unsigned>(datagram.size());
  if (left == 0) {
    found.over = true;
    found.end.error = EPROTO;
    return found;
  }
  const auto* header = reinterpret_cast<const nlmsghdr*>(datagram.data());
  while (NLMSG_OK(header, left)) {
    const unsigned length = header->nlmsg_len;
    const Bytes payload(static_cast<const std::byte*>(NLMSG_DATA(header)), NLMSG_PAYLOAD(header, 0));
    if (header->nlmsg_seq == kSequence) {
      const unsigned type = header->nlmsg_type;
      if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) found.end.interrupted = true;
      if (type == answer) {
        found.answers.push_back(payload);
      } else if (type == NLMSG_DONE || type == NLMSG_ERROR) {
        found.over = true;
        found.end.error = error_of(type, payload);
        if (payload.size() < sizeof(int) && found.end.error != 0) ++found.end.malformed;
        return found;
      } else if (type == NLMSG_OVERRUN) {
        found.end.interrupted = true;
      } else if (type != NLMSG_NOOP) {
        ++found.end.malformed;
      }
    }
    if (NLMSG_ALIGN(length) >= left) return found;
    header = NLMSG_NEXT(header, left);
  }
  ++found.end.malformed;  // what is torn
  return found;
}

Contents read(const std::vector<std::byte>& datagram, std::uint16_t answer) {
  const netlink::AnswerKey key{.sequence = kSequence, .port = 0, .type = answer};
  netlink::DumpReader reader(key);
  reader.feed({datagram, 0});
  Contents contents;
  while (const auto payload = reader.next()) contents.answers.push_back(*payload);
  contents.over = reader.over();
  contents.end = reader.end();
  require(contents.over == netlink::ends_dump(key, {datagram, 0}), "two opinions of the end");

  const Contents expected = contents_of(datagram, answer);
  require(std::ranges::equal(contents.answers, expected.answers,
                             [](Bytes a, Bytes b) { return a.data() == b.data() && a.size() == b.size(); }),
          "an answer lost or invented");
  require(contents.over == expected.over && contents.end.error == expected.end.error, "another end");
  require(contents.end.interrupted == expected.end.interrupted, "an interruption lost or invented");
  require(contents.end.malformed == expected.end.malformed, "other malformed messages");
  return contents;
}

// ---- sock_diag

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

void check_diag(Bytes payload, Protocol protocol) {
  inet_diag_msg original{};
  SocketRow row;
  const bool taken = snapshot::decode_diag_row(payload, protocol, kNetns, row);
  if (payload.size() >= sizeof original) std::memcpy(&original, payload.data(), sizeof original);
  const bool whole = payload.size() >= sizeof original &&
                     (original.idiag_family == AF_INET || original.idiag_family == AF_INET6);
  require(taken == whole, "a row lost or invented");
  if (!taken) return;
  const inet_diag_msg again = message_of(row, original);
  require(std::memcmp(&again, &original, sizeof again) == 0, "a row written again has other values");
  require(row.protocol == protocol && row.tuple.netns == kNetns, "a row of another table");
  const bool listener = protocol == Protocol::tcp && row.state == TcpState::listen;
  require(row.backlog.has_value() == listener, "a backlog without a listener");
  require(!row.stats || (protocol == Protocol::tcp && !listener), "statistics without a connection");
}

// ---- unix_diag

void check_unix(Bytes payload) {
  const auto pair = snapshot::decode_unix_peering(payload);
  if (!pair) return;
  unix_diag_msg message{};
  require(payload.size() >= sizeof message, "a peering out of nothing");
  std::memcpy(&message, payload.data(), sizeof message);
  require(message.udiag_family == AF_UNIX && message.udiag_ino == pair->inode, "a peering of another socket");
  struct {
    unix_diag_msg fixed;
    nlattr header;
    std::uint32_t peer;
  } again{message,
          {sizeof(nlattr) + sizeof(std::uint32_t), UNIX_DIAG_PEER},
          static_cast<std::uint32_t>(pair->peer)};
  const auto found = snapshot::decode_unix_peering(std::as_bytes(std::span(&again, 1)));
  require(pair->peer != 0 && found && found->inode == pair->inode && found->peer == pair->peer,
          "a peering written again");
}

void check(const std::vector<std::byte>& datagram, Choices choices) {
  constexpr std::uint16_t kConnection = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
  const unsigned reader = choices.number(4);
  const Contents contents = read(datagram, reader == 3 ? kConnection : SOCK_DIAG_BY_FAMILY);
  for (const Bytes answer : contents.answers) {
    if (reader <= 1) check_diag(answer, reader == 0 ? Protocol::tcp : Protocol::udp);
    if (reader == 2) check_unix(answer);
    if (reader == 3) check_conntrack_message(answer, choices);
  }
}

}  // namespace
}  // namespace conntrail::fuzz

// The first byte chooses the decoder. Sequence numbers are one byte four times, so that a mutation meets
// them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  std::vector<std::byte> datagram(size - 1);  // of just this size, and aligned as recv() would have it
  if (size > 1) std::memcpy(datagram.data(), data + 1, size - 1);
  check(datagram, Choices(data[0]));
  return 0;
}
