// unix_diag's answers: peers, ends and errors, and bytes that no kernel would send.
#include "unix_peers.h"

#include <gtest/gtest.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <cerrno>
#include <random>
#include <utility>

#include "conntrail/netlink/dump_reader.h"
#include "netlink_message.h"

namespace conntrail::test {
namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Buffer answer(std::uint32_t inode, std::uint32_t peer, std::uint32_t sequence = 1) {
  unix_diag_msg body{};
  body.udiag_family = AF_UNIX;
  body.udiag_ino = inode;
  Buffer payload;
  append_bytes(payload, &body, sizeof(body));
  const std::uint32_t queue = 7;
  append_attribute(payload, UNIX_DIAG_RQLEN, &queue, sizeof(queue));
  if (peer != 0) append_attribute(payload, UNIX_DIAG_PEER, &peer, sizeof(peer));
  return message(SOCK_DIAG_BY_FAMILY, payload, NLM_F_MULTI, sequence);
}

struct UnixDiagDatagram {
  bool done = false;
  int error = 0;
};

UnixDiagDatagram decode(std::span<const std::byte> bytes, Pairs& pairs) {
  netlink::DumpReader reader({.sequence = 1, .port = 0, .type = SOCK_DIAG_BY_FAMILY});
  reader.feed({bytes, 0});
  while (const auto payload = reader.next()) {
    if (const auto pair = snapshot::decode_unix_peering(*payload))
      pairs.emplace_back(pair->inode, pair->peer);
  }
  return {reader.over(), reader.end().error};
}

TEST(UnixPeers, OnlyThoseOfThisDump) {
  Pairs pairs;
  const auto result = decode(answer(10, 11) + answer(12, 0) + answer(13, 14, 2) + answer(11, 10), pairs);
  EXPECT_FALSE(result.done);
  EXPECT_EQ(pairs, (Pairs{{10, 11}, {11, 10}}));
}

TEST(UnixPeers, EndAndErrors) {
  Pairs pairs;
  EXPECT_TRUE(decode(answer(10, 11) + message(NLMSG_DONE, payload_of(0)) + answer(20, 21), pairs).done);
  EXPECT_EQ(pairs, (Pairs{{10, 11}}));
  EXPECT_EQ(decode(message(NLMSG_ERROR, payload_of(-ENOENT)), pairs).error, ENOENT);
  EXPECT_EQ(decode(message(NLMSG_ERROR, payload_of(-1000000)), pairs).error, EPROTO);
}

TEST(UnixPeers, DamagedAnswersAreNoRows) {
  const Buffer whole = answer(10, 11) + answer(12, 13) + message(NLMSG_DONE, payload_of(0));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Buffer torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    Pairs pairs;
    static_cast<void>(decode(torn, pairs));
    for (const auto& pair : pairs)
      EXPECT_TRUE(pair == std::pair(10UL, 11UL) || pair == std::pair(12UL, 13UL));
  }
  std::mt19937 random(4711);
  for (int round = 0; round < 2000; ++round) {
    Buffer bytes = whole;
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    Pairs pairs;
    static_cast<void>(decode(bytes, pairs));
    EXPECT_LE(pairs.size(), 2U);
  }
}

}  // namespace
}  // namespace conntrail::test
