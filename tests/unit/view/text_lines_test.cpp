#include <gtest/gtest.h>

#include <cerrno>

#include "conntrail/base/text.h"
#include "conntrail/view/line.h"
#include "golden.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

Transition step(const Connection& c, MonoTime time, TcpState from, TcpState to,
                std::optional<Nanoseconds> after = {}, int error = 0, Evidence evidence = Evidence::event) {
  return {&c, time, from, to, after, error, evidence};
}

std::string reset_name(std::uint32_t reason) { return reason == 14 ? "TCP_STATE" : ""; }

// One line of every kind, of connections of every kind.
std::string trace(LineStyle style) {
  using enum TcpState;
  TextLines lines(clock(), style, reset_name);
  std::string out = lines.header();
  const Connection opening = established_client();
  Connection unbound = opening;
  unbound.tuple.local.port = 0;
  const Connection client = time_wait_client();
  const Connection server = ipv6_server();
  const Connection failed = syn_timeout();
  const Connection stranger = bare();
  const Connection hostile = hostile_name();
  Connection long_name = opening;
  long_name.owner = owner("NetworkManager", 4194304, OwnerSource::connect);
  const std::vector<Change> changes{
      step(unbound, kNoon, close, syn_sent),
      step(opening, kNoon + 1ms, syn_sent, established, 1234567ns),
      step(client, kNoon + 2s, established, fin_wait1, 3400ms),
      step(client, kNoon + 2s, fin_wait1, fin_wait2, 41us),
      step(client, kNoon + 3s, fin_wait2, time_wait, 2500us),
      step(client, kNoon + 64s, time_wait, close, 60s, 0, Evidence::confirmed),
      step(client, kNoon + 64s, time_wait, close, 60s, 0, Evidence::expected),
      step(failed, kNoon + 65s, syn_sent, close, 127s, ETIMEDOUT),
      Retransmit{&failed, failed.tuple, kNoon + 66s, syn_sent, false, 6},
      Retransmit{nullptr, client.tuple, kNoon + 66s, syn_recv, true, 0},
      Reset{&opening, opening.tuple, kNoon + 67s, established, true, 14},
      Reset{&opening, opening.tuple, kNoon + 67s, established, true, 77},
      Reset{nullptr, opening.tuple, kNoon + 67s, TcpState::unknown, false, {}},
      End{&client},
      Lost{1, kNoon + 68s, kNoon + 69s},
      Lost{12345, {}, kNoon + 69s},
      SnapshotMerged{kNoon + 70s, false, 1200, 12, 3, 1},
      SnapshotMerged{kNoon + 70s, true, 1, 0, 0, 1},
      step(stranger, kNoon + 71s, TcpState::unknown, established),
      step(long_name, kNoon + 72s, syn_sent, established, 10us),
      step(hostile, kNoon + 72s, syn_sent, established, 10us),
      step(server, kNoon + 73s, established, close_wait, 2h),
      step(opening, kNoon + 74s, syn_sent, established, 1234567ns),
  };
  for (const Change& change : changes) std::visit([&](const auto& what) { lines.append(out, what); }, change);
  return out;
}

TEST(TextLines, OnATerminalOf80Columns) { expect_golden("trace-80.txt", trace({.width = 80})); }
TEST(TextLines, OnATerminalOf120Columns) { expect_golden("trace-120.txt", trace({.width = 120})); }
TEST(TextLines, InAFile) { expect_golden("trace-file.txt", trace({.netns = true})); }

TEST(TextLines, NoAddressPortStateOrPidIsEverCut) {
  for (const int width : {1, 40, 80, 120, 200}) {
    const std::string text = trace({.width = width});
    for (const char* whole : {"[2001:db8:1111:2222:3333:4444:5555:6666]:8443",
                              "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:50123", "ESTABLISHED → CLOSE_WAIT",
                              "/4194304", "closed first by curl/812", "timeout after 6 SYN retransmits"})
      EXPECT_NE(text.find(whole), std::string::npos) << whole << " at " << width;
  }
}

TEST(TextLines, NothingFromOutsideReachesTheTerminalRaw) {
  for (const char byte : trace({}))
    EXPECT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20) << static_cast<int>(byte);
}

TEST(TextLines, LinesDoNotEndInBlanks) {
  EXPECT_EQ(trace({}).find(" \n"), std::string::npos);
  EXPECT_EQ(trace({.width = 80}).find(" \n"), std::string::npos);
}

// Column at which the states begin.
std::size_t state_column(const std::string& line, std::string_view state) {
  const auto at = line.find(state);
  EXPECT_NE(at, std::string::npos) << line;
  return at == std::string::npos ? 0 : display_width(std::string_view(line).substr(0, at));
}

std::string one(TextLines& lines, const Connection& c) {
  std::string out;
  lines.append(out, step(c, kNoon, TcpState::established, TcpState::close_wait, 1s));
  return out;
}

TEST(TextLines, ALongAddressWidensTheColumnForTheLinesBehindIt) {
  TextLines lines(clock(), {});
  const std::size_t before = state_column(one(lines, established_client()), "ESTABLISHED");
  const std::size_t wide = state_column(one(lines, ipv6_server()), "ESTABLISHED");
  EXPECT_GT(wide, before);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(state_column(one(lines, established_client()), "ESTABLISHED"), wide);
}

TEST(TextLines, OnATerminalTheColumnNarrowsAgainWhenNoLineInSightNeedsIt) {
  TextLines lines(clock(), {.width = 120});
  const std::size_t before = state_column(one(lines, established_client()), "ESTABLISHED");
  const std::size_t wide = state_column(one(lines, ipv6_server()), "ESTABLISHED");
  EXPECT_GT(wide, before);
  EXPECT_EQ(state_column(one(lines, established_client()), "ESTABLISHED"), wide);
  std::string line;
  for (int i = 0; i < 100; ++i) line = one(lines, established_client());
  EXPECT_EQ(state_column(line, "ESTABLISHED"), before);
}

TEST(TextLines, FitsIn120ColumnsWithIpv4) {
  TextLines lines(clock(), {.width = 120});
  Connection c = established_client();
  c.tuple.local.address = endpoint("255.255.255.255", 0).address;
  c.tuple.remote = endpoint("255.255.255.255", 65535);
  c.owner = owner("postgres", 1234567, OwnerSource::connect);
  std::string out;
  lines.append(out, step(c, kNoon, TcpState::syn_sent, TcpState::established, 999us));
  EXPECT_LE(display_width(out) - 1, 120U) << out;  // without the newline
}

TEST(TextLines, ColoursByMeaningAndOnlyWhenAsked) {
  EXPECT_EQ(trace({.width = 120}).find('\x1b'), std::string::npos);
  const std::string text = trace({.colour = true, .width = 120});
  EXPECT_NE(text.find("\x1b[32mESTABLISHED\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[33mTIME_WAIT\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31mtimeout after 6 SYN retransmits\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31m-- 1 event lost"), std::string::npos);
  // Without its colours it is the same text.
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') i = text.find('m', i) + 1;
    while (i < text.size() && text[i] == '\x1b') i = text.find('m', i) + 1;
    if (i < text.size()) plain += text[i];
  }
  EXPECT_EQ(plain, trace({.width = 120}));
}

TEST(GrowingColumn, GrowsAtOnceAndShrinksToWhatWasSeenLately) {
  GrowingColumn column(10, true);
  EXPECT_EQ(column.fit(3), 10U);
  EXPECT_EQ(column.fit(30), 30U);
  for (int i = 0; i < 48; ++i) EXPECT_EQ(column.fit(15), 30U);
  for (int i = 0; i < 49; ++i) static_cast<void>(column.fit(15));
  EXPECT_EQ(column.fit(15), 15U);
}

// Nobody knows beforehand whether there will be several: the column opens with the first line of the second.
TEST(TextLines, ASecondNamespaceOpensTheColumn) {
  Connection blue = established_client();
  blue.netns_name = "blue";
  Connection red = established_client();
  red.tuple.netns = blue.tuple.netns + 1;
  LineStyle style;
  style.namespaces = [](std::uint32_t) { return std::string("of nginx/15478"); };
  TextLines lines(clock(), style);
  const auto line = [&](const Connection& c) {
    std::string out;
    lines.append(out, Transition{.connection = &c,
                                 .time = kNoon,
                                 .from = TcpState::syn_sent,
                                 .to = TcpState::established,
                                 .after = 1us});
    return out;
  };
  EXPECT_EQ(line(blue).find("blue"), std::string::npos);
  EXPECT_EQ(line(blue).find("NETNS"), std::string::npos);
  const std::string opened = line(red);
  const std::size_t end = opened.find('\n');
  EXPECT_EQ(opened.find("NETNS"), 16U) << opened;
  EXPECT_EQ(opened.substr(end + 1).find("of nginx/15478"), 16U) << opened;
  EXPECT_EQ(opened.find("OWNER"), opened.substr(end + 1).find("curl")) << opened;
  EXPECT_NE(line(blue).find(" blue "), std::string::npos);
  EXPECT_EQ(line(red).find("NETNS"), std::string::npos);
}

}  // namespace
}  // namespace conntrail::view
