#include "conntrail/view/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "conntrail/base/text.h"
#include "golden.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;

const MonoTime kNow = kNoon + 3h;

std::string table(const std::vector<Connection>& connections, const TableOptions& options) {
  const auto list = pointers(connections);
  return render_table(list, options, clock(), kNow);
}

std::string table(const std::vector<Connection>& connections, std::string_view columns, int width = 0) {
  return table(connections,
               TableOptions{.columns = parse_columns(columns).value(), .sort = {}, .width = width});
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

std::size_t widest(const std::string& text) {
  std::size_t width = 0;
  for (const std::string& line : lines(text)) width = std::max(width, display_width(line));
  return width;
}

std::vector<Connection> ipv4_only() {
  return {established_client(), time_wait_client(), listener(), syn_timeout()};
}

TEST(Table, Unlimited) { expect_golden("list-file.txt", table(all(), TableOptions{})); }
TEST(Table, On40Columns) { expect_golden("list-40.txt", table(all(), TableOptions{.width = 40})); }
TEST(Table, On80Columns) { expect_golden("list-80.txt", table(ipv4_only(), TableOptions{.width = 80})); }
TEST(Table, On120Columns) { expect_golden("list-120.txt", table(ipv4_only(), TableOptions{.width = 120})); }
TEST(Table, On200Columns) { expect_golden("list-200.txt", table(all(), TableOptions{.width = 200})); }
TEST(Table, AllColumns) { expect_golden("list-all.txt", table(all(), "all")); }

TEST(Table, FitsWhereItCan) {
  EXPECT_LE(widest(table(ipv4_only(), TableOptions{.width = 100})), 100U);
  EXPECT_LE(widest(table(ipv4_only(), TableOptions{.width = 120})), 120U);
  EXPECT_LE(widest(table(all(), TableOptions{.width = 200})), 200U);
  EXPECT_LE(widest(table(ipv4_only(), "state,local,remote,holders,reason", 90)), 90U);
}

TEST(Table, AddressesPortsStatesAndPidsAreNeverCut) {
  for (const int width : {1, 20, 40, 80, 120, 200}) {
    const std::string text = table(all(), TableOptions{.width = width});
    for (const char* whole :
         {"[2001:db8:1111:2222:3333:4444:5555:6666]:8443", "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:50123",
          "ESTABLISHED", "/1234567", "/900 +2"})
      EXPECT_NE(text.find(whole), std::string::npos) << whole << " at " << width;
  }
}

TEST(Table, TheTrailGivesWayFirstAndFromItsOldEnd) {
  const std::vector<Connection> one{time_wait_client()};
  const std::string columns = "state,owner,reason,trail";
  const std::string whole = lines(table(one, columns))[1];
  const std::size_t width = display_width(whole);
  const std::string narrower = lines(table(one, columns, static_cast<int>(width) - 20))[1];
  EXPECT_NE(narrower.find("curl/812"), std::string::npos);
  EXPECT_NE(narrower.find("closed first by curl/812"), std::string::npos);
  EXPECT_EQ(narrower.find("SYN_SENT"), std::string::npos);
  EXPECT_NE(narrower.find("… › "), std::string::npos);
  EXPECT_NE(narrower.find("FIN_WAIT2 2.50ms"), std::string::npos);
  const std::string narrow = table(one, columns, 40);
  EXPECT_EQ(narrow.find("TRAIL"), std::string::npos);
  EXPECT_NE(narrow.find("closed first by"), std::string::npos);
}

TEST(Table, TheTrailRepeatsThePresentStateOnlyWhereNothingElseShowsIt) {
  const std::vector<Connection> one{established_client()};
  EXPECT_EQ(table(one, "trail"), "TRAIL\nSYN_SENT 1.23ms › ESTABLISHED 3h00m\n");
  EXPECT_EQ(lines(table(one, "state,age,trail"))[1], "ESTABLISHED  3h00m  SYN_SENT 1.23ms");
}

TEST(Table, WidthCountsColumnsNotBytes) {
  Connection wide = established_client();
  wide.owner.comm = "日本語";
  const auto text = lines(table({wide, established_client()}, "owner,state"));
  // wcwidth knows wide characters only in a UTF-8 locale; whatever it says, both states stand in the same
  // column.
  const auto column = [](const std::string& line) {
    return display_width(line.substr(0, line.find("ESTABLISHED")));
  };
  EXPECT_EQ(column(text[1]), column(text[2]));
}

TEST(Table, NothingFromOutsideReachesTheTerminalRaw) {
  for (const char byte : table(all(), "all"))
    EXPECT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20) << static_cast<int>(byte);
}

TEST(Table, LinesDoNotEndInBlanks) { EXPECT_EQ(table(all(), "all").find(" \n"), std::string::npos); }

TEST(Table, HeaderAndColourAreOptional) {
  const std::string text =
      table({established_client()}, TableOptions{.columns = parse_columns("state").value(), .header = false});
  EXPECT_EQ(text, "ESTABLISHED\n");
  EXPECT_EQ(
      table({established_client()}, TableOptions{.columns = parse_columns("state").value(), .colour = true}),
      "\x1b[1mSTATE\x1b[0m\n\x1b[32mESTABLISHED\x1b[0m\n");
}

TEST(Table, WithoutRowsOnlyTheHeader) { EXPECT_EQ(table({}, "state,local"), "STATE  LOCAL\n"); }

TEST(Table, RowsOfSeveralNamespacesAreToldApart) {
  Connection blue = established_client();
  blue.netns_name = "blue";
  Connection red = established_client();
  red.tuple.netns = blue.tuple.netns + 1;
  Connection other = red;
  TableOptions options;
  options.netns_by_itself = true;
  options.namespaces = [&](std::uint32_t inode) {
    return inode == red.tuple.netns ? std::string("of nginx/15478") : std::string();
  };
  const auto text = [&](std::vector<const Connection*> rows) {
    return render_table(rows, options, clock(), kNoon);
  };
  EXPECT_EQ(text({&blue, &blue}).find("NETNS"), std::string::npos);
  EXPECT_TRUE(text({&blue, &red}).starts_with("NETNS ")) << text({&blue, &red});
  EXPECT_NE(text({&blue, &red}).find("\nblue "), std::string::npos);
  EXPECT_NE(text({&blue, &red}).find("\nof nginx/15478 "), std::string::npos);
  options.namespaces = {};
  EXPECT_NE(text({&blue, &red}).find("\n" + std::to_string(red.tuple.netns) + " "), std::string::npos);
  // Columns that were named one by one are exactly these.
  options.netns_by_itself = false;
  EXPECT_EQ(text({&blue, &red}).find("NETNS"), std::string::npos);
  // In parts: once it has come in it stays, under titles of its own.
  options.netns_by_itself = true;
  TableWidths widths;
  const auto part = [&](const Connection& c) {
    const TableRow row{&c, clock(), kNoon};
    return row;
  };
  const std::vector<TableRow> first{part(blue)};
  EXPECT_EQ(render_table(first, options, &widths).find("NETNS"), std::string::npos);
  options.header = false;
  const std::vector<TableRow> second{part(blue), part(red)};
  EXPECT_TRUE(render_table(second, options, &widths).starts_with("NETNS "));
  EXPECT_TRUE(render_table(first, options, &widths).starts_with("blue "));
}

TEST(Table, TimesSayTheirZone) {
  const Connection c = time_wait_client();
  const std::vector<const Connection*> rows{&c};
  TableOptions options;
  options.columns = parse_columns("opened,duration").value();
  options.zone = "CET/CEST";
  EXPECT_TRUE(render_table(rows, options, clock(), kNoon).starts_with("OPENED (CET/CEST)  DURATION\n"));
}

}  // namespace
}  // namespace conntrail::view
