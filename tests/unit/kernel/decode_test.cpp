#include "decode.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "conntrail/abi/event.h"

namespace conntrail::kernel {
namespace {

ct_event a_state_event() {
  ct_event raw{};
  raw.version = CT_EVENT_VERSION;
  raw.kind = CT_EVENT_STATE;
  raw.family = 2;
  raw.flags = CT_FLAG_OWNED;
  raw.from = 7;
  raw.to = 2;
  raw.seq = 1;
  raw.time_ns = 123456789;
  raw.cookie = 0xabcdef;
  raw.sk = 0xffff888000001000;
  raw.cgroup_id = 42;
  raw.netns = 4026531833;
  raw.tgid = 17;
  raw.uid = 1000;
  raw.sock_uid = 1001;
  raw.reset_reason = CT_RESET_REASON_UNKNOWN;
  raw.local_port = 40000;
  raw.remote_port = 443;
  const __u8 local[4] = {10, 0, 0, 1};
  const __u8 remote[4] = {192, 0, 2, 7};
  std::memcpy(raw.local_addr, local, 4);
  std::memcpy(raw.remote_addr, remote, 4);
  std::memcpy(raw.comm, "exactly16letters", 16);
  return raw;
}

template <class Raw>
std::vector<std::byte> bytes_of(const Raw& raw) {
  std::vector<std::byte> bytes(sizeof(raw));
  std::memcpy(bytes.data(), &raw, sizeof(raw));
  return bytes;
}

TEST(Decode, EveryFieldOfATransition) {
  ct_event raw = a_state_event();
  raw.shutdown = 3;
  raw.sk_err = 111;
  SocketEvent event;
  ASSERT_TRUE(decode_event(bytes_of(raw), event));
  EXPECT_EQ(event.kind, EventKind::state);
  EXPECT_EQ(event.from, TcpState::close);
  EXPECT_EQ(event.to, TcpState::syn_sent);
  EXPECT_TRUE(event.owned);
  EXPECT_FALSE(event.sock_done);
  EXPECT_FALSE(event.sock_dead);
  EXPECT_FALSE(event.clone_incomplete);
  EXPECT_FALSE(event.final_close);
  EXPECT_EQ(event.shutdown, 3);
  EXPECT_EQ(event.error, 111);
  EXPECT_EQ(event.time.ns, 123456789);
  EXPECT_EQ(event.cookie, 0xabcdefU);
  EXPECT_EQ(event.sk, 0xffff888000001000U);
  EXPECT_EQ(event.cgroup_id, 42U);
  EXPECT_EQ(event.tuple.netns, 4026531833U);
  EXPECT_EQ(to_string(event.tuple.local), "10.0.0.1:40000");
  EXPECT_EQ(to_string(event.tuple.remote), "192.0.2.7:443");
  EXPECT_EQ(event.task_pid, 17U);
  EXPECT_EQ(event.task_uid, 1000U);
  EXPECT_EQ(event.socket_uid, 1001U);
  EXPECT_FALSE(event.reset_reason.has_value());
  EXPECT_EQ(event.comm(), "exactly16letters");
  EXPECT_FALSE(event.tw_count.has_value());
  EXPECT_FALSE(event.stats.has_value());
}

TEST(Decode, FlagsAreIndependent) {
  const struct {
    __u8 flag;
    bool SocketEvent::*field;
  } cases[] = {{CT_FLAG_OWNED, &SocketEvent::owned},
               {CT_FLAG_SOCK_DONE, &SocketEvent::sock_done},
               {CT_FLAG_SOCK_DEAD, &SocketEvent::sock_dead},
               {CT_FLAG_CLONE_INCOMPLETE, &SocketEvent::clone_incomplete},
               {CT_FLAG_FINAL, &SocketEvent::final_close}};
  for (const auto& one : cases) {
    ct_event raw = a_state_event();
    raw.flags = one.flag;
    SocketEvent event;
    ASSERT_TRUE(decode_event(bytes_of(raw), event));
    for (const auto& other : cases) EXPECT_EQ(event.*other.field, other.flag == one.flag);
  }
}

TEST(Decode, TheEndCarriesStatisticsAndTheTimeWaitGauge) {
  ct_event_stats raw{};
  raw.event = a_state_event();
  raw.event.from = 5;
  raw.event.to = 7;
  raw.event.flags = CT_FLAG_HAS_STATS | CT_FLAG_HAS_TW_COUNT | CT_FLAG_SOCK_DONE;
  raw.event.tw_count = 9;
  raw.event.tw_max = 131072;
  raw.stats = {.bytes_sent = 1,
               .bytes_received = 2,
               .bytes_retransmitted = 3,
               .segments_out = 4,
               .segments_in = 5,
               .retransmits = 6,
               .srtt_us = 7,
               .min_rtt_us = 8,
               .pad = 0};
  SocketEvent event;
  ASSERT_TRUE(decode_event(bytes_of(raw), event));
  EXPECT_EQ(event.tw_count, 9U);
  EXPECT_EQ(event.tw_max, 131072U);
  ASSERT_TRUE(event.stats.has_value());
  EXPECT_EQ(event.stats, (SocketStats{1, 2, 3, 4, 5, 6, 7, 8}));

  raw.stats.min_rtt_us = ~__u32{0};
  ASSERT_TRUE(decode_event(bytes_of(raw), event));
  EXPECT_EQ(event.stats, (SocketStats{1, 2, 3, 4, 5, 6, 7, std::nullopt})) << "all ones: never measured";
}

TEST(Decode, NothingStaysFromTheEventBefore) {
  ct_event_stats full{};
  full.event = a_state_event();
  full.event.flags = CT_FLAG_HAS_STATS | CT_FLAG_HAS_TW_COUNT | CT_FLAG_OWNED;
  full.event.reset_reason = 14;
  SocketEvent event;
  ASSERT_TRUE(decode_event(bytes_of(full), event));
  EXPECT_EQ(event.reset_reason, 14U);
  ct_event plain = a_state_event();
  plain.flags = 0;
  ASSERT_TRUE(decode_event(bytes_of(plain), event));
  EXPECT_FALSE(event.stats.has_value());
  EXPECT_FALSE(event.tw_count.has_value());
  EXPECT_FALSE(event.reset_reason.has_value());
  EXPECT_FALSE(event.owned);
}

TEST(Decode, AForkNamesTheChildAndNeedsNoFamily) {
  ct_event raw = a_state_event();
  raw.kind = CT_EVENT_FORK;
  raw.family = 0;
  raw.child_tgid = 4711;
  SocketEvent event;
  ASSERT_TRUE(decode_event(bytes_of(raw), event));
  EXPECT_EQ(event.kind, EventKind::fork);
  EXPECT_EQ(event.task_pid, 17U);
  EXPECT_EQ(event.child_pid, 4711U);
  EXPECT_FALSE(event.tw_count.has_value());
}

TEST(Decode, ARequestSocketIsInSynRecv) {
  ct_event raw = a_state_event();
  raw.kind = CT_EVENT_SYNACK_RETRANSMIT;
  raw.from = raw.to = 12;  // TCP_NEW_SYN_RECV
  SocketEvent event;
  ASSERT_TRUE(decode_event(bytes_of(raw), event));
  EXPECT_EQ(event.from, TcpState::syn_recv);
}

TEST(Decode, RefusesRecordsThatAreNotOurs) {
  SocketEvent event;
  const auto refused = [&](auto change) {
    ct_event raw = a_state_event();
    change(raw);
    return !decode_event(bytes_of(raw), event);
  };
  EXPECT_TRUE(refused([](ct_event& raw) { raw.version = CT_EVENT_VERSION + 1; }));
  EXPECT_TRUE(refused([](ct_event& raw) { raw.version = 0; }));
  EXPECT_TRUE(refused([](ct_event& raw) { raw.kind = 0; }));
  EXPECT_TRUE(refused([](ct_event& raw) { raw.kind = CT_EVENT_KIND_COUNT; }));
  EXPECT_TRUE(refused([](ct_event& raw) { raw.family = 1; }));
  EXPECT_TRUE(refused([](ct_event& raw) { raw.family = 0; })) << "only a fork has none";
  EXPECT_TRUE(refused([](ct_event& raw) { raw.flags = CT_FLAG_HAS_STATS; }))
      << "promised statistics, none there";
  EXPECT_FALSE(refused([](ct_event&) {}));
}

TEST(Decode, RefusesEveryWrongLength) {
  ct_event_stats raw{};
  raw.event = a_state_event();
  std::vector<std::byte> bytes = bytes_of(raw);
  bytes.resize(sizeof(ct_event_stats) + 8);
  SocketEvent event;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    // Exactly as long as the buffer: a sanitizer sees every read beyond it.
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(decode_event(cut, event), length == sizeof(ct_event)) << length;
  }
}

}  // namespace
}  // namespace conntrail::kernel
