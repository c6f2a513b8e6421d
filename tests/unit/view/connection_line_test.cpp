#include <gtest/gtest.h>

#include "conntrail/view/line.h"
#include "golden.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

std::string by_connection(LineStyle style) {
  TextLines lines(clock(), style);
  std::string out = lines.connection_header();
  Connection refused = established_client();
  refused.established = {};
  refused.trail.resize(1);
  refused.trail[0].left = refused.opened + 80us;
  refused.trail.push_back({TcpState::close, refused.trail[0].left, {}});
  refused.closed = refused.trail[0].left;
  refused.ended = refused.gone = true;
  refused.end_reason = EndReason::refused;
  Connection closed = time_wait_client();
  closed.trail_dropped = 0;
  for (const Connection& c : {refused, closed, syn_timeout(), ipv6_server(), bare()})
    lines.append_connection(out, c);
  return out;
}

TEST(ConnectionLines, InAFile) { expect_golden("by-connection-file.txt", by_connection({})); }
TEST(ConnectionLines, OnATerminalOf80Columns) {
  expect_golden("by-connection-80.txt", by_connection({.width = 80}));
}

TEST(ConnectionLines, NothingIsCutOnAnyTerminal) {
  for (const int width : {1, 40, 80, 120, 200}) {
    const std::string text = by_connection({.width = width});
    for (const char* whole :
         {"SYN_SENT 1.23ms › ESTABLISHED 3.40s › FIN_WAIT1 41.0µs › FIN_WAIT2 2.50ms › TIME_WAIT",
          "[2001:db8:1111:2222:3333:4444:5555:6666]:8443", "timeout after 6 SYN retransmits (gap)",
          "closed first by peer"})
      EXPECT_NE(text.find(whole), std::string::npos) << whole << " at " << width;
  }
}

}  // namespace
}  // namespace conntrail::view
