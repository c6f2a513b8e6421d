#include "row_decode.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace conntrail::kernel {
namespace {

constexpr TickRates kHz250{.hz = 250, .user_hz = 100};

TEST(TickRates, AreThoseOfThisSystem) {
  const TickRates rates = TickRates::measure();
  EXPECT_EQ(rates.user_hz, static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
  // The values that Linux can be configured with, on any architecture.
  EXPECT_TRUE(rates.hz == 100 || rates.hz == 250 || rates.hz == 300 || rates.hz == 1000) << rates.hz;
}

// Expected values are what jiffies_to_clock_t() gives (kernel/time/time.c).
TEST(TickRates, TicksAreThoseOfProcNet) {
  EXPECT_EQ(kHz250.clock_ticks(15'000), 6000U);
  EXPECT_EQ(kHz250.clock_ticks(1), 0U);  // 4 ms are less than a tick of 10 ms
  EXPECT_EQ(kHz250.clock_ticks(3), 1U);
  EXPECT_EQ(kHz250.clock_ticks(-5), 0U);
  EXPECT_EQ((TickRates{.hz = 1000, .user_hz = 100}.clock_ticks(1999)), 199U);
  EXPECT_EQ((TickRates{.hz = 100, .user_hz = 100}.clock_ticks(7)), 7U);
  EXPECT_EQ((TickRates{.hz = 300, .user_hz = 100}.clock_ticks(300)),
            99U);  // 300 * 3 333 333 ns are not quite 1 s
}

TEST(TickRates, Durations) {
  EXPECT_EQ(kHz250.duration(250), std::chrono::seconds(1));
  EXPECT_EQ(kHz250.duration(1), std::chrono::milliseconds(4));
  EXPECT_EQ(kHz250.duration(-1), Nanoseconds(0));
}

ct_socket_row a_row() {
  ct_socket_row raw{};
  raw.cookie = 5;
  raw.inode = 6;
  raw.cgroup_id = 7;
  raw.timer_jiffies = 250;
  raw.netns = 8;
  raw.interface = 9;
  raw.uid = 10;
  raw.receive_queue = 11;
  raw.send_queue = 12;
  raw.backlog = 13;
  raw.local_port = 14;
  raw.remote_port = 15;
  raw.kind = CT_ROW_FULL;
  raw.protocol = 6;
  raw.family = 10;
  raw.state = 1;
  raw.timer = 2;
  raw.retransmits = 16;
  raw.probes = 17;
  raw.shutdown = 1;
  raw.local_addr[15] = 1;
  raw.remote_addr[0] = 0xfe;
  raw.remote_addr[1] = 0x80;
  return raw;
}

TEST(RowDecode, EveryField) {
  const SocketRow row = to_row(a_row(), kHz250);
  EXPECT_EQ(row.protocol, Protocol::tcp);
  EXPECT_EQ(row.kind, SocketKind::full);
  EXPECT_EQ(row.state, TcpState::established);
  EXPECT_EQ(row.timer, TimerKind::keepalive);
  EXPECT_EQ(row.timer_raw, 2);
  EXPECT_EQ(row.timer_ticks, 100U);
  EXPECT_EQ(row.timer_left, std::chrono::seconds(1));
  EXPECT_EQ(row.shutdown, 1);
  EXPECT_EQ(row.tuple.netns, 8U);
  EXPECT_EQ(to_string(row.tuple.local), "[::1]:14");
  EXPECT_EQ(to_string(row.tuple.remote), "[fe80::]:15");
  EXPECT_EQ(row.cookie, 5U);
  EXPECT_EQ(row.inode, 6U);
  EXPECT_EQ(row.cgroup_id, 7U);
  EXPECT_EQ(row.interface, 9U);
  EXPECT_EQ(row.uid, 10U);
  EXPECT_EQ(row.receive_queue, 11U);
  EXPECT_EQ(row.send_queue, 12U);
  EXPECT_EQ(row.retransmits, 16U);
  EXPECT_EQ(row.probes, 17U);
  EXPECT_FALSE(row.backlog.has_value()) << "only a listener has one";
}

TEST(RowDecode, KindsAndStates) {
  ct_socket_row raw = a_row();
  raw.state = 10;
  EXPECT_EQ(to_row(raw, kHz250).backlog, 13U);
  raw.kind = CT_ROW_TIME_WAIT;
  raw.state = 5;
  raw.timer = 3;
  EXPECT_EQ(to_row(raw, kHz250).kind, SocketKind::time_wait);
  EXPECT_EQ(to_row(raw, kHz250).state, TcpState::fin_wait2);
  EXPECT_EQ(to_row(raw, kHz250).timer, TimerKind::time_wait);
  raw.kind = CT_ROW_REQUEST;
  raw.timer = 200;
  EXPECT_EQ(to_row(raw, kHz250).kind, SocketKind::request);
  EXPECT_EQ(to_row(raw, kHz250).timer, TimerKind::off) << "an unknown number is kept in timer_raw only";
  EXPECT_EQ(to_row(raw, kHz250).timer_raw, 200);
}

TEST(RowDecode, HolderWithAFullLengthName) {
  ct_holder_row raw{};
  raw.cookie = 1;
  raw.inode = 2;
  raw.cgroup_id = 3;
  raw.tgid = 4;
  raw.tid = 5;
  raw.fd = 6;
  raw.uid = 7;
  std::memcpy(raw.comm, "exactly16letters", 16);
  const SocketHolder holder = to_holder(raw);
  EXPECT_EQ(holder.cookie, 1U);
  EXPECT_EQ(holder.inode, 2U);
  EXPECT_EQ(holder.cgroup_id, 3U);
  EXPECT_EQ(holder.pid, 4U) << "the process, not the thread";
  EXPECT_EQ(holder.fd, 6);
  EXPECT_EQ(holder.uid, 7U);
  EXPECT_EQ(holder.comm, "exactly16letters");
}

}  // namespace
}  // namespace conntrail::kernel
