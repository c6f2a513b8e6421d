#include "conntrail/snapshot/proc_net_line.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace conntrail::snapshot {
namespace {

constexpr std::uint32_t kNetns = 4026531840;

// Lines of a real kernel (6.18, little endian): the address words are in host order.
constexpr std::string_view kListener =
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 24680 1 "
    "0000000000000000 100 0 0 10 0";
constexpr std::string_view kRetransmitting =
    "  12: 0100007F:A332 0100007F:D3B7 01 0000000A:00000000 01:00000074 00000003     0        0 1719924 2 "
    "0000000000000000 480 4 30 1 7";
constexpr std::string_view kTimeWait =
    "   7: 0100007F:949C 0100007F:A40B 06 00000000:00000000 03:000016E1 00000000     0        0 0 3 "
    "0000000000000000";
constexpr std::string_view kRequest =
    "   5: 0100007F:EC27 0100007F:BE36 03 00000000:00000000 01:0000009E 00000001  1000        0 0 0 "
    "0000000000000000";
constexpr std::string_view kMapped =
    "   3: 0000000000000000FFFF00000100007F:BB13 0000000000000000FFFF00000100007F:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 100 0 0 10 0";
constexpr std::string_view kUdp =
    " 4711: 0100007F:BB73 00000000:0000 07 00000000:00000340 00:00000000 00000000  4294967295        0 "
    "1718071 2 "
    "0000000000000000 5";

bool little_endian() { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; }

SocketRow parse(std::string_view line, Protocol protocol = Protocol::tcp, Family family = Family::inet) {
  SocketRow row;
  EXPECT_TRUE(parse_proc_net_line(line, protocol, family, kNetns, row)) << line;
  return row;
}

bool parses(std::string_view line, Protocol protocol = Protocol::tcp, Family family = Family::inet) {
  SocketRow row;
  return parse_proc_net_line(line, protocol, family, kNetns, row);
}

TEST(ProcNetLine, TakesEveryField) {
  if (!little_endian()) GTEST_SKIP() << "the sample is from a little-endian host";
  SocketRow expected;
  expected.state = TcpState::established;
  expected.timer = TimerKind::retransmit;
  expected.timer_raw = 1;
  expected.tuple = {
      kNetns, Family::inet, {IpAddress::v4({127, 0, 0, 1}), 0xA332}, {IpAddress::v4({127, 0, 0, 1}), 0xD3B7}};
  expected.inode = 1719924;
  expected.send_queue = 10;
  expected.retransmits = 3;
  expected.timer_ticks = 0x74;
  expected.timer_left = std::chrono::milliseconds(1160);
  EXPECT_EQ(parse(kRetransmitting), expected);
}

TEST(ProcNetLine, ReadsAListenersQueueAndNoBacklog) {
  const SocketRow row = parse(kListener);
  EXPECT_EQ(row.state, TcpState::listen);
  EXPECT_EQ(row.receive_queue, 2U);
  EXPECT_EQ(row.uid, 1000U);
  EXPECT_FALSE(row.backlog);
  EXPECT_EQ(row.cookie, 0U);
  EXPECT_EQ(row.tuple.remote, (Endpoint{IpAddress::v4({0, 0, 0, 0}), 0}));
}

TEST(ProcNetLine, TellsTheThreeKindsApart) {
  EXPECT_EQ(parse(kRetransmitting).kind, SocketKind::full);
  EXPECT_EQ(parse(kTimeWait).kind, SocketKind::time_wait);
  EXPECT_EQ(parse(kTimeWait).timer_left, std::chrono::milliseconds(58570));
  const SocketRow request = parse(kRequest);
  EXPECT_EQ(request.kind, SocketKind::request);
  EXPECT_EQ(request.uid, 1000U);
  EXPECT_EQ(request.retransmits, 1U);
  std::string accepted(kRequest);
  accepted.replace(accepted.find(" 0 0 0000"), 5,
                   " 5 2 ");  // an inode and references: a full socket in SYN_RECV
  EXPECT_EQ(parse(accepted).kind, SocketKind::full);
}

TEST(ProcNetLine, ReadsIpv6WordsInHostOrder) {
  if (!little_endian()) GTEST_SKIP() << "the sample is from a little-endian host";
  const SocketRow row = parse(kMapped, Protocol::tcp, Family::inet6);
  EXPECT_EQ(to_string(row.tuple.local.address), "::ffff:127.0.0.1");
  EXPECT_EQ(row.tuple.family, Family::inet6);
  EXPECT_EQ(row.tuple.local.port, 0xBB13);
}

TEST(ProcNetLine, ReadsUdp) {
  const SocketRow row = parse(kUdp, Protocol::udp);
  EXPECT_EQ(row.protocol, Protocol::udp);
  EXPECT_EQ(row.state, TcpState::close);
  EXPECT_EQ(row.receive_queue, 0x340U);
  EXPECT_EQ(row.uid, 4294967295U);
  std::string negative(kUdp);
  negative.replace(negative.find("4294967295"), 10, "-1");
  EXPECT_EQ(parse(negative, Protocol::udp).uid, 4294967295U);
}

TEST(ProcNetLine, AcceptsANewlineAndNothingBehindTheInode) {
  EXPECT_TRUE(parses(std::string(kListener) + "\n"));
  const std::size_t end = kListener.find("24680") + 5;
  EXPECT_TRUE(parses(kListener.substr(0, end)));
}

TEST(ProcNetLine, RefusesEveryLineThatEndsBeforeTheInode) {
  const std::size_t inode = kListener.find("24680");
  for (std::size_t length = 0; length <= inode; ++length)
    EXPECT_FALSE(parses(kListener.substr(0, length))) << length;
}

std::string changed(std::string_view line, std::string_view from, std::string_view to) {
  std::string text(line);
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ProcNetLine, RefusesWhatIsNoSocket) {
  EXPECT_FALSE(parses(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"));
  EXPECT_FALSE(parses(kListener, Protocol::tcp, Family::inet6));
  EXPECT_FALSE(parses(kMapped));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"0100007F:1F90", "0100007G:1F90"},
                                                                  {"0100007F:1F90", "0100007:1F90"},
                                                                  {"0100007F:1F90", "-100007F:1F90"},
                                                                  {"0100007F:1F90", "0100007F 1F90"},
                                                                  {"0100007F:1F90", "0100007F:1F901"},
                                                                  {"0100007F:1F90", "0100007F:"},
                                                                  {"00000000:00000002", "100000000:00000002"},
                                                                  {"00000000:00000002", "00000000:-0000002"},
                                                                  {" 0A ", " 10A "},
                                                                  {"  1000 ", "  1000x "},
                                                                  {"  1000 ", "  99999999999 "},
                                                                  {" 24680 ", " 24680x "},
                                                                  {" 24680 ", " 99999999999999999999999 "},
                                                                  {" 24680 ", " -1 "}}) {
    EXPECT_FALSE(parses(changed(kListener, from, to))) << from << " -> " << to;
  }
  std::string zero(kListener);
  zero[20] = '\0';
  EXPECT_FALSE(parses(zero));
}

TEST(ProcNetLine, DoesNotOverflowOnAnEndlessTimer) {
  const SocketRow row = parse(changed(kListener, "00:00000000", "00:FFFFFFFFFFFFFFFF"));
  EXPECT_EQ(row.timer_ticks, ~std::uint64_t{0});
  EXPECT_GT(row.timer_left.count(), 0);
}

TEST(ProcNetLine, SurvivesRandomDamage) {
  std::mt19937 random(20261120);  // NOLINT: the same damage in every run
  int good = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string damaged(round % 2 == 0 ? kRetransmitting : kMapped);
    const auto changes = random() % 4 + 1;
    for (std::uint64_t i = 0; i < changes; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random() & 0xff);
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    damaged.shrink_to_fit();
    good += parses(damaged, Protocol::tcp, round % 2 == 0 ? Family::inet : Family::inet6) ? 1 : 0;
  }
  EXPECT_GT(good, 1'000);
  EXPECT_LT(good, 90'000);
}

}  // namespace
}  // namespace conntrail::snapshot
