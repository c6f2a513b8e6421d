#include "conntrail/view/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "conntrail/base/text.h"
#include "golden.h"
#include "samples.h"
#include "timeline_scale.h"

namespace conntrail::view {
namespace {

using namespace samples;

const MonoTime kNow = kNoon + 5s;

std::string timeline(const Connection& connection, TimelineOptions options = {.width = 100}) {
  return render_timeline(connection, clock(), kNow, options);
}

// A client with a lost SYN, lost data, and a child that closes.
Connection eventful() {
  Connection c = time_wait_client();
  const MonoTime syn = c.opened;
  c.established = syn + 1001234us;
  const MonoTime fin = c.established + 3400ms;
  c.trail = {{TcpState::syn_sent, syn, c.established},
             {TcpState::established, c.established, fin},
             {TcpState::fin_wait1, fin, fin + 41us},
             {TcpState::fin_wait2, fin + 41us, fin + 2541us},
             {TcpState::time_wait, fin + 2541us, {}}};
  c.trail_dropped = 0;
  c.closed = fin + 2541us;
  c.marks = {{MarkKind::syn_retransmit, syn + 1000ms, 0, 0},
             {MarkKind::retransmit, c.established + 200ms, 0, 0},
             {MarkKind::retransmit, c.established + 1700ms, 0, 0},
             {MarkKind::owner, fin, 812, 813}};
  c.owner.pid = 813;
  c.time_wait_entered = c.closed;
  c.time_wait_expires = c.closed + 60s;
  return c;
}

Connection reset_by_peer() {
  Connection c = established_client();
  c.trail.back().left = c.established + 3400ms;
  c.closed = c.trail.back().left;
  c.trail.push_back({TcpState::close, c.closed, {}});
  c.state = TcpState::close;
  c.state_since = c.closed;
  c.ended = c.gone = true;
  c.end_reason = EndReason::reset_by_peer;
  c.error = ECONNRESET;
  c.reset_received = true;
  c.marks = {{MarkKind::reset_received, c.closed, 0, 0}};
  c.marks_dropped = 3;
  return c;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

TEST(Timeline, OfALifeWithLosses) { expect_golden("timeline-eventful.txt", timeline(eventful())); }
TEST(Timeline, Narrow) { expect_golden("timeline-80.txt", timeline(eventful(), {.width = 80})); }
TEST(Timeline, InAFile) { expect_golden("timeline-file.txt", timeline(eventful(), {})); }
TEST(Timeline, OfAReset) { expect_golden("timeline-reset.txt", timeline(reset_by_peer())); }
TEST(Timeline, OfASynTimeout) {
  expect_golden("timeline-syn-timeout.txt",
                render_timeline(syn_timeout(), clock(), kNoon + 200s, {.width = 100}));
}
TEST(Timeline, OfALivingServer) {
  expect_golden("timeline-server.txt", render_timeline(ipv6_server(), clock(), kNoon + 3h, {.width = 100}));
}
TEST(Timeline, OfAListener) { expect_golden("timeline-listener.txt", timeline(listener())); }
TEST(Timeline, OfWhatNobodyKnows) { expect_golden("timeline-bare.txt", timeline(bare())); }

TEST(Timeline, ColourOnlyWhenAskedFor) {
  EXPECT_EQ(timeline(eventful()).find('\x1b'), std::string::npos);
  std::string coloured = timeline(eventful(), {.width = 100, .colour = true});
  EXPECT_NE(coloured.find("\x1b[33mR\x1b[0m"), std::string::npos) << "retransmits stand out";
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b'))
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  EXPECT_EQ(coloured, timeline(eventful())) << "the same text but for the colours";
}

TEST(Timeline, NothingFromOutsideReachesTheTerminalRaw) {
  for (const char byte : timeline(hostile_name()))
    EXPECT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20) << static_cast<int>(byte);
}

TEST(Timeline, LinesDoNotEndInBlanks) {
  for (const Connection& connection : all()) EXPECT_EQ(timeline(connection).find(" \n"), std::string::npos);
}

TEST(Timeline, BarsFitTheTerminal) {
  for (const int width : {80, 100, 120, 200}) {
    for (const std::string& line : lines(timeline(eventful(), {.width = width}))) {
      if (line.find("━") == std::string::npos) continue;
      EXPECT_LE(display_width(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(Timeline, NamesTheReasonOfItsReset) {
  Connection c = reset_by_peer();
  c.reset_reason = 14;
  const std::string text =
      timeline(c, {.width = 100, .reset_reasons = [](std::uint32_t) { return "TCP_STATE"; }});
  EXPECT_NE(text.find("RST sent for TCP_STATE"), std::string::npos);
}

TEST(TimelineScale, EveryStateHasAColumnAndTheyFollowEachOther) {
  for (const std::size_t columns : {12U, 30U, 100U}) {
    const Connection c = eventful();
    const auto bars = bars_of(c, kNow, columns);
    ASSERT_EQ(bars.size(), c.trail.size());
    EXPECT_EQ(bars.front().begin, 0U);
    EXPECT_EQ(bars.back().end, columns);
    for (std::size_t i = 0; i < bars.size(); ++i) {
      EXPECT_LT(bars[i].begin, bars[i].end);
      EXPECT_GE(bars[i].begin + 1, i > 0 ? bars[i - 1].end : 0);
    }
  }
}

TEST(TimelineScale, LongerStatesAreLongerButAMinuteDoesNotHideAMillisecond) {
  Connection c = eventful();
  const auto bars = bars_of(c, c.closed + 60s, 60);
  const auto length = [&](std::size_t i) { return bars[i].end - bars[i].begin; };
  EXPECT_GT(length(4), length(1));  // 60 s, 3.4 s
  EXPECT_GT(length(1), length(3));  // 2.5 ms
  EXPECT_GT(length(3), length(2));  // 41 µs
  EXPECT_GE(length(3), 5U);
}

TEST(TimelineScale, MoreStatesThanColumns) {
  Connection c = eventful();
  for (int i = 0; i < 6; ++i) c.trail.insert(c.trail.end(), c.trail.begin(), c.trail.begin() + 5);
  for (const Bar& bar : bars_of(c, kNow, 12)) {
    EXPECT_LT(bar.begin, 12U);
    EXPECT_LE(bar.end, 12U);
  }
}

TEST(TimelineScale, AMomentLiesWithinItsState) {
  const Connection c = eventful();
  const auto bars = bars_of(c, kNow, 60);
  const auto column = [&](MonoTime time) { return column_of(c, bars, time, kNow); };
  EXPECT_EQ(column(c.opened), bars[0].begin);
  EXPECT_EQ(column(c.opened - 1s), std::nullopt);
  EXPECT_EQ(column(c.established), bars[1].begin);
  const auto middle = column(c.established + 1700ms);
  ASSERT_TRUE(middle);
  EXPECT_EQ(*middle, bars[1].begin + (bars[1].end - bars[1].begin) / 2);
  EXPECT_EQ(column(kNow + 1h), bars.back().end - 1);
}

}  // namespace
}  // namespace conntrail::view
