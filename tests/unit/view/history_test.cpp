// Groups, gaps, and tables whose rows are of several runs.
#include "conntrail/view/history.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "conntrail/view/table.h"
#include "golden.h"
#include "samples.h"

namespace conntrail::view {
namespace {

using namespace samples;
using nlohmann::json;

constexpr std::array<std::string_view, 1> kRemote{"remote_addr"};
constexpr std::array<std::string_view, 1> kComm{"comm"};

std::vector<Group> groups() {
  return {{"10.0.0.2", 1200, 3, 1'234'000, 45'000'000, 17, 3s, 2},
          {"2001:db8::1", 7, 0, 0, 12, 0, 0ns, 0},
          {"", 1, 1, 0, 0, 0, 1500us, 1}};
}

TEST(Groups, AsATable) { expect_golden("groups.txt", render_groups(groups(), kRemote, false, true)); }

TEST(Groups, WithoutHeaderAndWithColour) {
  EXPECT_EQ(render_groups({}, kComm, false, true), "COMM  CONNECTIONS  FAILED  SENT  RECEIVED  RETR  MEAN\n");
  const Group evil{"\x1b[2Jx", 1, 1, 0, 0, 0, 0ns, 0};
  EXPECT_EQ(render_groups({&evil, 1}, kComm, true, false), "?[2Jx  1  \x1b[31m1\x1b[0m  0B  0B  0  -\n");
}

TEST(Groups, AsJson) {
  std::string out;
  append_group_json(out, groups()[0], kRemote);
  EXPECT_EQ(json::parse(out), json::parse(R"({"type":"group","group_by":"remote_addr","value":"10.0.0.2",
      "connections":1200,"failed":3,"bytes_sent":1234000,"bytes_received":45000000,"retransmits":17,
      "mean_duration_us":1500000.0})"));
  out.clear();
  append_group_json(out, Group{}, kComm);
  EXPECT_FALSE(json::parse(out).contains("value"));
  EXPECT_FALSE(json::parse(out).contains("mean_duration_us"));
}

TEST(Groups, BySeveralKeysWithWhoOpenedThemAndWhyTheyFailed) {
  Group one{"", 59662, 6768, 0, 0, 0, 0ns, 0};
  one.values = {"10.77.2.2:8080", "nginx"};
  one.worst_reason = EndReason::no_port;
  one.opened_by = "nginx";
  one.other_openers = 2;
  Group two{"", 900, 900, 0, 0, 0, 0ns, 0};
  two.values = {"10.77.2.2:9", ""};
  two.worst_reason = EndReason::reset_by_peer;
  const std::vector<Group> both{one, two};
  constexpr std::array<std::string_view, 2> keys{"service", "comm"};
  EXPECT_EQ(
      render_groups(both, keys, false, true),
      "SERVICE         COMM   OPENED BY  CONNECTIONS  FAILED  WORST REASON   SENT  RECEIVED  RETR  MEAN\n"
      "10.77.2.2:8080  nginx  nginx +2         59662    6768  no local port    0B        0B     0     -\n"
      "10.77.2.2:9     -      -                  900     900  reset by peer    0B        0B     0     -\n");
  std::string out;
  append_group_json(out, one, keys);
  const json line = json::parse(out);
  EXPECT_EQ(line["group_by"], "service,comm");
  EXPECT_EQ(line["values"], (json{"10.77.2.2:8080", "nginx"}));
  EXPECT_FALSE(line.contains("value"));
  EXPECT_EQ(line["worst_reason"], "no_port");
  EXPECT_EQ(line["opened_by"], "nginx");
  EXPECT_EQ(render_groups_csv({&two, 1}, keys, false), "10.77.2.2:9,,900,900,0,0,0,,reset_by_peer,\r\n");
}

TEST(Groups, AsCsv) {
  EXPECT_EQ(render_groups_csv(groups(), kRemote, true),
            "remote_addr,connections,failed,bytes_sent,bytes_received,retransmits,mean_duration_us,"
            "worst_reason,opened_by\r\n"
            "10.0.0.2,1200,3,1234000,45000000,17,1500000.000,,\r\n"
            "2001:db8::1,7,0,0,12,0,,,\r\n"
            ",1,1,0,0,0,1500.000,,\r\n");
}

TEST(Gaps, AsTextAndJson) {
  const std::int64_t noon = clock().real_ns(kNoon);
  const Gap gap{noon, noon + 1'200'000'000, 412, "events lost"};
  EXPECT_EQ(gap_text(gap), "events lost from 2026-11-20 12:00:00.000000 for 1.20s (412)");
  std::string out;
  append_gap_json(out, gap);
  EXPECT_EQ(out,
            R"({"type":"gap","from":"2026-11-20T12:00:00.000000000Z","to":"2026-11-20T12:00:01.200000000Z",)"
            R"("cause":"events lost","count":412})"
            "\n");
  out.clear();
  append_gap_json(out, {noon, noon, 0, "recorder killed"});
  EXPECT_FALSE(json::parse(out).contains("count"));
}

TEST(Rows, OfSeveralRunsEachByItsOwnClock) {
  const Connection one = time_wait_client();
  const Connection living = established_client();
  const std::vector<TableRow> rows{
      {&one, clock(), kNoon + 10s},
      {&living, WallClock::with_offset(clock().offset_ns() - 86400'000'000'000), kNoon + 20s}};
  const TableOptions options{.columns = parse_columns("id,opened,duration").value(), .dates = true};
  EXPECT_EQ(render_table(rows, options),
            "ID  OPENED                      DURATION\n"
            " 2  2026-11-20 12:00:00.123456     3.40s\n"
            " 1  2026-11-19 12:00:00.123456     19.9s\n");
  EXPECT_EQ(render_csv(rows, options),
            "id,opened,duration_us\r\n"
            "2,2026-11-20T12:00:00.123456000Z,3403775.567\r\n"
            "1,2026-11-19T12:00:00.123456000Z,19876544.000\r\n");
}

TEST(Rows, OfALaterPartStandUnderTheEarlierOnes) {
  Connection wide = established_client();
  wide.owner.comm = "a-long-name";
  const Connection narrow = established_client();
  TableOptions options{.columns = parse_columns("owner,state").value()};
  TableWidths widths;
  const std::vector<TableRow> first{{&wide, clock(), kNoon}};
  const std::vector<TableRow> second{{&narrow, clock(), kNoon}};
  EXPECT_EQ(render_table(first, options, &widths), "OWNER            STATE\na-long-name/812  ESTABLISHED\n");
  options.header = false;
  EXPECT_EQ(render_table(second, options, &widths), "curl/812         ESTABLISHED\n");
}

TEST(Columns, MayStartFromOthersThanTheDefaultOnes) {
  const std::vector<std::size_t> usual = parse_columns("id,owner").value();
  EXPECT_EQ(parse_columns("+state", usual).value(), parse_columns("id,state,owner").value());
  EXPECT_EQ(parse_columns("-owner", usual).value(), parse_columns("id").value());
  EXPECT_EQ(parse_columns("owner", usual).value(), parse_columns("owner").value());
}

}  // namespace
}  // namespace conntrail::view
