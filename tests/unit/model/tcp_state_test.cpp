#include "conntrail/model/tcp_state.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <string>

namespace conntrail {
namespace {

using enum TcpState;

// The C library's TCP_* are the kernel's numbers.
TEST(TcpState, values_are_the_kernels) {
  const std::vector<std::pair<int, TcpState>> values{{TCP_ESTABLISHED, established},
                                                     {TCP_SYN_SENT, syn_sent},
                                                     {TCP_SYN_RECV, syn_recv},
                                                     {TCP_FIN_WAIT1, fin_wait1},
                                                     {TCP_FIN_WAIT2, fin_wait2},
                                                     {TCP_TIME_WAIT, time_wait},
                                                     {TCP_CLOSE, close},
                                                     {TCP_CLOSE_WAIT, close_wait},
                                                     {TCP_LAST_ACK, last_ack},
                                                     {TCP_LISTEN, listen},
                                                     {TCP_CLOSING, closing}};
  ASSERT_EQ(values.size() + 1, static_cast<std::size_t>(kTcpStateCount));
  for (const auto& [number, state] : values) {
    EXPECT_EQ(static_cast<int>(state), number);
    EXPECT_EQ(tcp_state_from_kernel(static_cast<unsigned>(number)), state);
  }
  EXPECT_EQ(tcp_state_from_kernel(0), unknown);
  EXPECT_EQ(tcp_state_from_kernel(12), syn_recv);  // TCP_NEW_SYN_RECV
  EXPECT_EQ(tcp_state_from_kernel(13), close);     // TCP_BOUND_INACTIVE
  EXPECT_EQ(tcp_state_from_kernel(14), unknown);
  EXPECT_EQ(tcp_state_from_kernel(255), unknown);
}

TEST(TcpState, names_are_those_of_netstat) {
  const std::vector<std::string_view> names{"UNKNOWN",    "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                            "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                            "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(tcp_state_name(static_cast<TcpState>(i)), names[i]);
  EXPECT_EQ(tcp_state_name(static_cast<TcpState>(99)), "UNKNOWN");
}

TEST(TcpState, every_name_is_read_back) {
  for (int i = 0; i < kTcpStateCount; ++i) {
    const auto state = static_cast<TcpState>(i);
    EXPECT_EQ(parse_tcp_state(tcp_state_name(state)), state);
  }
}

TEST(TcpState, spellings) {
  for (const std::string_view text : {"FIN_WAIT1", "FIN-WAIT-1", "FIN_WAIT_1", "fin-wait-1", "FinWait1"})
    EXPECT_EQ(parse_tcp_state(text), fin_wait1) << text;
  for (const std::string_view text :
       {"SYN_RECV", "SYN_RCVD", "SYN-RECEIVED", "SYN_RECEIVED", "SYNC_RECEIVED"})
    EXPECT_EQ(parse_tcp_state(text), syn_recv) << text;
  for (const std::string_view text : {"ESTAB", "VERBUNDEN", "established"})
    EXPECT_EQ(parse_tcp_state(text), established) << text;
  for (const std::string_view text : {"LISTENING", "HÖRT", "hört", "listen"})
    EXPECT_EQ(parse_tcp_state(text), listen) << text;
  for (const std::string_view text : {"CLOSED", "close", "UNCONN"})
    EXPECT_EQ(parse_tcp_state(text), close) << text;
  for (const std::string_view text : {"", "-", "FIN_WAIT", "FIN_WAIT3", "LISTENER", "1"})
    EXPECT_FALSE(parse_tcp_state(text)) << text;
}

}  // namespace
}  // namespace conntrail
