#include "conntrail/snapshot/diag_message.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include <array>
#include <cerrno>
#include <climits>
#include <random>

#include "conntrail/netlink/dump_reader.h"
#include "netlink_message.h"

namespace conntrail::snapshot {
namespace {

using test::append_attribute;
using test::Buffer;
using test::message;
using test::payload_of;
using test::operator+;

constexpr std::uint32_t kNetns = 4026531840;

inet_diag_msg body(std::uint8_t family, TcpState state) {
  inet_diag_msg result{};
  result.idiag_family = family;
  result.idiag_state = static_cast<std::uint8_t>(state);
  result.id.idiag_sport = htons(8080);
  result.id.idiag_dport = htons(54321);
  if (family == AF_INET) {
    inet_pton(AF_INET, "192.0.2.1", result.id.idiag_src);
    inet_pton(AF_INET, "198.51.100.7", result.id.idiag_dst);
  } else {
    inet_pton(AF_INET6, "2001:db8::1", result.id.idiag_src);
    inet_pton(AF_INET6, "::ffff:198.51.100.7", result.id.idiag_dst);
  }
  result.id.idiag_if = 3;
  result.id.idiag_cookie[0] = 0x89abcdef;
  result.id.idiag_cookie[1] = 0x01234567;
  result.idiag_rqueue = 11;
  result.idiag_wqueue = 22;
  result.idiag_uid = 1000;
  result.idiag_inode = 777;
  return result;
}

Buffer full_payload(const inet_diag_msg& of) {
  Buffer payload = payload_of(of);
  const std::uint8_t shutdown = 2;
  append_attribute(payload, INET_DIAG_SHUTDOWN, &shutdown, sizeof(shutdown));
  const std::uint64_t cgroup = 0x100000002;
  append_attribute(payload, INET_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
  return payload;
}

// What a dump says whose only datagram this is.
struct DiagDatagram {
  bool done = false;
  bool interrupted = false;
  int error = 0;
  std::uint64_t malformed = 0;
};

std::vector<SocketRow> rows_of(const Buffer& datagram, DiagDatagram* result = nullptr,
                               Protocol protocol = Protocol::tcp) {
  netlink::DumpReader reader({.sequence = 1, .port = 0, .type = SOCK_DIAG_BY_FAMILY});
  reader.feed({datagram, 0});
  std::vector<SocketRow> rows;
  SocketRow row;
  std::uint64_t refused = 0;
  while (const auto payload = reader.next()) {
    if (decode_diag_row(*payload, protocol, kNetns, row)) {
      rows.push_back(row);
    } else {
      ++refused;
    }
  }
  const netlink::DumpEnd& end = reader.end();
  if (result != nullptr) *result = {reader.over(), end.interrupted, end.error, end.malformed + refused};
  return rows;
}

SocketRow row_of(const Buffer& payload, Protocol protocol = Protocol::tcp) {
  SocketRow row;
  EXPECT_TRUE(decode_diag_row(payload, protocol, kNetns, row));
  return row;
}

// sk_drops is the last number of the attribute; kernels before 4.11 end before it.
TEST(DecodeDiagRow, DropsFromMemoryInfo) {
  for (const std::size_t numbers : {9U, 8U}) {
    Buffer payload = payload_of(body(AF_INET, TcpState::listen));
    std::array<std::uint32_t, 9> memory{1, 2, 3, 4, 5, 6, 7, 8, 4321};
    append_attribute(payload, INET_DIAG_SKMEMINFO, memory.data(), numbers * sizeof(std::uint32_t));
    SocketRow row;
    ASSERT_TRUE(decode_diag_row(payload, Protocol::tcp, kNetns, row));
    EXPECT_EQ(row.drops, numbers == 9 ? std::optional<std::uint32_t>(4321) : std::nullopt);
  }
}

TEST(DiagRow, TakesEveryFieldOfAFullSocket) {
  const SocketRow row = row_of(full_payload(body(AF_INET, TcpState::established)));
  SocketRow expected;
  expected.state = TcpState::established;
  expected.tuple = {
      kNetns, Family::inet, {IpAddress::v4({192, 0, 2, 1}), 8080}, {IpAddress::v4({198, 51, 100, 7}), 54321}};
  expected.interface = 3;
  expected.cookie = 0x0123456789abcdef;
  expected.receive_queue = 11;
  expected.send_queue = 22;
  expected.uid = 1000;
  expected.inode = 777;
  expected.shutdown = 2;
  expected.cgroup_id = 0x100000002;
  EXPECT_EQ(row, expected);
}

TEST(DiagRow, KeepsTheSocketsFamilyForMappedAddresses) {
  const SocketRow row = row_of(full_payload(body(AF_INET6, TcpState::established)));
  EXPECT_EQ(row.tuple.family, Family::inet6);
  EXPECT_EQ(to_string(row.tuple.local.address), "2001:db8::1");
  EXPECT_EQ(to_string(row.tuple.remote.address), "::ffff:198.51.100.7");
}

TEST(DiagRow, GivesAListenersLimitAsBacklogNotAsSendQueue) {
  const SocketRow row = row_of(full_payload(body(AF_INET, TcpState::listen)));
  EXPECT_EQ(row.receive_queue, 11U);
  EXPECT_EQ(row.send_queue, 0U);
  EXPECT_EQ(row.backlog, 22U);
}

TEST(DiagRow, TellsTheThreeKindsApart) {
  inet_diag_msg of = body(AF_INET, TcpState::fin_wait2);
  of.idiag_timer = 3;
  EXPECT_EQ(row_of(payload_of(of)).kind, SocketKind::time_wait);
  EXPECT_EQ(row_of(payload_of(of)).state, TcpState::fin_wait2);
  // A request socket has no attribute but its mark; a full socket in SYN_RECV (fast open) has the others.
  of = body(AF_INET, TcpState::syn_recv);
  of.idiag_timer = 1;
  Buffer request = payload_of(of);
  const std::uint32_t mark = 1;
  append_attribute(request, INET_DIAG_MARK, &mark, sizeof(mark));
  EXPECT_EQ(row_of(request).kind, SocketKind::request);
  EXPECT_EQ(row_of(full_payload(of)).kind, SocketKind::full);
  of.idiag_state = 12;
  EXPECT_EQ(row_of(payload_of(of)).state, TcpState::syn_recv);
  EXPECT_EQ(row_of(payload_of(of)).kind, SocketKind::request);
}

TEST(DiagRow, NeverCallsAUdpSocketAnythingButFull) {
  const SocketRow row = row_of(payload_of(body(AF_INET, TcpState::close)), Protocol::udp);
  EXPECT_EQ(row.kind, SocketKind::full);
  EXPECT_EQ(row.protocol, Protocol::udp);
  EXPECT_EQ(row.send_queue, 22U);
}

TEST(DiagRow, ReadsTheTimerAsProcPrintsIt) {
  inet_diag_msg of = body(AF_INET, TcpState::established);
  of.idiag_timer = 1;
  of.idiag_expires = 1588;
  of.idiag_retrans = 4;
  SocketRow row = row_of(full_payload(of));
  EXPECT_EQ(row.timer, TimerKind::retransmit);
  EXPECT_EQ(row.timer_left, std::chrono::milliseconds(1588));
  EXPECT_EQ(row.timer_ticks,
            158U);  // USER_HZ is 100 on every architecture we build for; rounded down as there
  EXPECT_EQ(row.retransmits, 4U);
  EXPECT_EQ(row.probes, 0U);
  for (const std::uint8_t probing : {std::uint8_t{2}, std::uint8_t{4}}) {
    of.idiag_timer = probing;
    row = row_of(full_payload(of));
    EXPECT_EQ(row.retransmits, 0U);
    EXPECT_EQ(row.probes, 4U);
  }
  of.idiag_timer = 9;
  row = row_of(full_payload(of));
  EXPECT_EQ(row.timer, TimerKind::off);
  EXPECT_EQ(row.timer_raw, 9);
}

Buffer with_info(TcpState state, const tcp_info& info, std::size_t size = sizeof(tcp_info)) {
  Buffer payload = full_payload(body(AF_INET, state));
  append_attribute(payload, INET_DIAG_INFO, &info, size);
  return payload;
}

TEST(DiagRow, TakesStatisticsWithoutWhatWasSentAgainAndWithoutTheFin) {
  tcp_info info{};
  info.tcpi_bytes_sent = 1500;
  info.tcpi_bytes_retrans = 500;
  info.tcpi_bytes_received = 301;
  info.tcpi_total_retrans = 7;
  info.tcpi_retransmits = 2;
  info.tcpi_probes = 3;
  info.tcpi_rtt = 900;
  info.tcpi_min_rtt = ~0U;
  SocketRow row = row_of(with_info(TcpState::close_wait, info));
  ASSERT_TRUE(row.stats);
  EXPECT_EQ(row.stats->bytes_sent, 1000U);
  EXPECT_EQ(row.stats->bytes_retransmitted, 500U);
  EXPECT_EQ(row.stats->bytes_received, 300U);
  EXPECT_EQ(row.stats->srtt_us, 900U);
  EXPECT_FALSE(row.stats->min_rtt_us);
  EXPECT_EQ(row.total_retransmits, 7U);
  EXPECT_EQ(row.retransmits, 2U);
  EXPECT_EQ(row.probes, 3U);
  row = row_of(with_info(TcpState::established, info));
  EXPECT_EQ(row.stats->bytes_received, 301U);
  EXPECT_FALSE(row_of(with_info(TcpState::listen, info)).stats);
}

TEST(DiagRow, AcceptsShorterStatisticsOfAnOlderKernel) {
  tcp_info info{};
  info.tcpi_total_retrans = 7;
  info.tcpi_bytes_sent = 1500;
  const SocketRow row =
      row_of(with_info(TcpState::established, info, offsetof(tcp_info, tcpi_total_retrans) + sizeof(__u32)));
  ASSERT_TRUE(row.stats);
  EXPECT_EQ(row.stats->retransmits, 7U);
  EXPECT_EQ(row.stats->bytes_sent, 0U);
}

TEST(DiagRow, RefusesOtherFamiliesAndShortMessages) {
  SocketRow row;
  EXPECT_FALSE(decode_diag_row(payload_of(body(AF_UNIX, TcpState::established)), Protocol::tcp, 0, row));
  Buffer payload = payload_of(body(AF_INET, TcpState::established));
  payload.pop_back();
  EXPECT_FALSE(decode_diag_row(payload, Protocol::tcp, 0, row));
  EXPECT_FALSE(decode_diag_row({}, Protocol::tcp, 0, row));
}

TEST(DiagRow, StopsAtAnAttributeThatIsNoAttribute) {
  for (const std::uint16_t length : {std::uint16_t{0}, std::uint16_t{3}, std::uint16_t{5000}}) {
    Buffer payload = payload_of(body(AF_INET, TcpState::established));
    const nlattr bad{.nla_len = length, .nla_type = INET_DIAG_SHUTDOWN};
    test::append_bytes(payload, &bad, sizeof(bad));
    EXPECT_EQ(row_of(payload).shutdown, 0) << length;
  }
}

TEST(DiagDatagram, HandsOutRowsInOrderUntilDone) {
  inet_diag_msg first = body(AF_INET, TcpState::established);
  inet_diag_msg second = body(AF_INET6, TcpState::close_wait);
  second.idiag_inode = 778;
  DiagDatagram result;
  const auto rows = rows_of(
      message(SOCK_DIAG_BY_FAMILY, full_payload(first)) + message(SOCK_DIAG_BY_FAMILY, full_payload(second)) +
          message(NLMSG_DONE, payload_of(0)) + message(SOCK_DIAG_BY_FAMILY, full_payload(first)),
      &result);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].inode, 777U);
  EXPECT_EQ(rows[1].inode, 778U);
  EXPECT_TRUE(result.done);
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(result.malformed, 0U);
}

TEST(DiagDatagram, ReportsTheKernelsRefusal) {
  DiagDatagram result;
  EXPECT_TRUE(rows_of(message(NLMSG_ERROR, payload_of(-EPERM)), &result).empty());
  EXPECT_EQ(result.error, EPERM);
  rows_of(message(NLMSG_DONE, payload_of(-EINVAL)), &result);
  EXPECT_EQ(result.error, EINVAL);
  for (const int nonsense : {1, INT_MIN, -5000}) {
    rows_of(message(NLMSG_ERROR, payload_of(nonsense)), &result);
    EXPECT_EQ(result.error, EPROTO) << nonsense;
  }
}

TEST(DiagDatagram, TellsWhenTheDumpWasInterrupted) {
  DiagDatagram result;
  EXPECT_EQ(rows_of(message(SOCK_DIAG_BY_FAMILY, full_payload(body(AF_INET, TcpState::established)),
                            NLM_F_MULTI | NLM_F_DUMP_INTR),
                    &result)
                .size(),
            1U);
  EXPECT_TRUE(result.interrupted);
}

TEST(DiagDatagram, PassesOverAnswersToAnotherQuestion) {
  DiagDatagram result;
  const auto rows = rows_of(
      message(SOCK_DIAG_BY_FAMILY, full_payload(body(AF_INET, TcpState::established)), NLM_F_MULTI, 2) +
          message(NLMSG_DONE, payload_of(0), NLM_F_MULTI, 2),
      &result);
  EXPECT_TRUE(rows.empty());
  EXPECT_FALSE(result.done);
  EXPECT_EQ(result.malformed, 0U);
}

TEST(DiagDatagram, CountsTornMessages) {
  const Buffer whole = message(SOCK_DIAG_BY_FAMILY, full_payload(body(AF_INET, TcpState::established)));
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const Buffer torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    DiagDatagram result;
    EXPECT_TRUE(rows_of(torn, &result).empty()) << length;
    EXPECT_EQ(result.malformed, 1U) << length;
  }
  // A length beyond the datagram, also one that is negative as an int.
  for (const std::uint32_t length : {0U, 15U, 100000U, 0x80000000U, 0xffffffffU}) {
    Buffer wrong = whole;
    std::memcpy(wrong.data(), &length, sizeof(length));
    DiagDatagram result;
    EXPECT_TRUE(rows_of(wrong, &result).empty());
    EXPECT_EQ(result.malformed, 1U) << length;
  }
}

// Run under the address and undefined-behaviour sanitizers, this shows that no byte is believed.
TEST(DiagDatagram, SurvivesRandomDamage) {
  tcp_info info{};
  const Buffer valid = message(SOCK_DIAG_BY_FAMILY, with_info(TcpState::established, info)) +
                       message(SOCK_DIAG_BY_FAMILY, payload_of(body(AF_INET6, TcpState::syn_recv))) +
                       message(NLMSG_DONE, payload_of(0));
  std::mt19937 random(20261120);  // NOLINT: the same damage in every run
  std::uint64_t rows = 0;
  std::uint64_t malformed = 0;
  for (int round = 0; round < 100'000; ++round) {
    Buffer damaged = valid;
    const auto changes = random() % 8 + 1;
    for (std::uint64_t i = 0; i < changes; ++i)
      damaged[random() % damaged.size()] = std::byte(random() & 0xff);
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    damaged.shrink_to_fit();
    DiagDatagram result;
    rows += rows_of(damaged, &result).size();
    malformed += result.malformed;
    ASSERT_LE(result.error, 4095);
    ASSERT_GE(result.error, 0);
  }
  EXPECT_GT(rows, 100'000U);
  EXPECT_GT(malformed, 1'000U);
}

}  // namespace
}  // namespace conntrail::snapshot
