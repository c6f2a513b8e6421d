#include "owner_text.h"

#include <gtest/gtest.h>

#include "conntrail/base/text.h"
#include "quantity.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

TEST(OwnerText, NameAndPid) {
  EXPECT_EQ(owner_text(owner("nginx", 812, OwnerSource::listen)), "nginx/812");
  EXPECT_EQ(owner_text(owner("nginx", 812, OwnerSource::inherited)), "~nginx/812");
  EXPECT_EQ(owner_text(owner("nginx", 0, OwnerSource::inherited)), "~nginx") << "one of its workers";
  EXPECT_EQ(owner_text(Owner{}), "-");
  EXPECT_EQ(owner_text(owner("", 812, OwnerSource::fd)), "812");
}

TEST(OwnerText, ALongNameIsCutThePidNever) {
  const Owner long_name = owner("NetworkManager", 1234567, OwnerSource::fd);
  EXPECT_EQ(owner_text(long_name, 22), "NetworkManager/1234567");
  EXPECT_EQ(owner_text(long_name, 16), "Network…/1234567");
  EXPECT_EQ(owner_text(long_name, 1), "Net…/1234567");
  const Owner wide = owner("日本語日本", 12, OwnerSource::fd);
  EXPECT_LE(display_width(owner_text(wide, 9)), 9U);
}

TEST(OwnerText, OtherProcessesAreCounted) {
  Connection c = ipv6_server();
  EXPECT_EQ(owner_and_holders_text(c), "~nginx/900 +2");
  EXPECT_EQ(owner_and_holders_text(c, 12), "~ngi…/900 +2");
  c.holders.push_back({901, 9, "nginx"});  // a second descriptor of a process that is counted already
  EXPECT_EQ(owner_and_holders_text(c), "~nginx/900 +2");
  c.owner = {};
  EXPECT_EQ(owner_and_holders_text(c), "nginx/900 +2");
  c.holders.clear();
  EXPECT_EQ(owner_and_holders_text(c), "-");
}

TEST(HoldersText, NamesThemAll) {
  EXPECT_EQ(holders_text(ipv6_server()), "nginx/900 nginx/901 nginx/902");
  EXPECT_EQ(holders_text(bare()), "-");
  EXPECT_EQ(holders_text(hostile_name()), "?[2J\"a\",?\?/812");
}

TEST(CutEnd, CountsColumnsNotBytes) {
  EXPECT_EQ(cut_end("µµµµ", 4), "µµµµ");
  EXPECT_EQ(cut_end("µµµµ", 3), "µµ…");
  EXPECT_EQ(cut_end("abc", 1), "…");
  EXPECT_EQ(cut_end("abc", 0), "");
}

TEST(FormatBytes, ThreeDigitsAndAUnit) {
  EXPECT_EQ(format_bytes(0), "0B");
  EXPECT_EQ(format_bytes(999), "999B");
  EXPECT_EQ(format_bytes(1000), "1.00kB");
  EXPECT_EQ(format_bytes(1234), "1.23kB");
  EXPECT_EQ(format_bytes(12'345), "12.3kB");
  EXPECT_EQ(format_bytes(999'999), "999kB");
  EXPECT_EQ(format_bytes(1'000'000), "1.00MB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "18.4EB");
}

}  // namespace
}  // namespace conntrail::view
