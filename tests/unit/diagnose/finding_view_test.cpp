// A finding as people and as scripts see it.
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "conntrail/base/text.h"
#include "conntrail/view/finding_json.h"
#include "conntrail/view/finding_text.h"
#include "scenarios.h"

namespace conntrail::view {
namespace {

using nlohmann::json;
namespace test = diagnose::test;

Finding sample() {
  Finding finding;
  finding.severity = Severity::warning;
  finding.topic = "time-wait";
  finding.id = "server-closes-first";
  finding.summary = "the server closes first";
  finding.facts = {{"pid", std::int64_t{77}}, {"rate", 12.5}, {"unknown", {}}, {"comm", "web\x1b[31m"}};
  finding.evidence.columns = {"process", "count", "share", "never"};
  finding.evidence.rows = {{"web\x1b[31m", std::int64_t{5}, 0.5, {}}, {"b", std::int64_t{12345}, 0.0004, {}}};
  finding.advice = {{"do this", "sysctl -w a=b", "some memory"}, {"and that", "", ""}};
  finding.notes = {"a note"};
  return finding;
}

std::string text(const Finding& finding, FindingStyle style = {}) {
  std::string out;
  append_finding_text(out, finding, style);
  return out;
}

json parsed(const Finding& finding) {
  std::string out;
  append_finding_json(out, finding);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_EQ(out.back(), '\n');
  return json::parse(out);
}

TEST(FindingText, HasSeveritySentenceTableAdviceAndNote) {
  EXPECT_EQ(text(sample()),
            "WARNING  time-wait: server-closes-first\n"
            "  the server closes first\n"
            "\n"
            "  process   count   share\n"
            "  web?[31m      5    0.50\n"
            "  b         12345  0.0004\n"
            "\n"
            "  What to do:\n"
            "  - do this\n"
            "      sysctl -w a=b\n"
            "    cost: some memory\n"
            "  - and that\n"
            "\n"
            "  Note: a note\n"
            "\n");
}

TEST(FindingText, NoControlCharacterReachesTheTerminal) {
  Finding finding = sample();
  finding.summary = "by evil\x1b]0;x\x07/1";
  finding.advice[0].command = "kill \x1b[2J";
  finding.notes[0] = "n\x1b";
  finding.advice[0].action = "a\x1b";
  finding.advice[0].cost = "c\x1b";
  EXPECT_EQ(text(finding).find('\x1b'), std::string::npos);
}

TEST(FindingText, ColourIsOnlyWhereAskedFor) {
  EXPECT_EQ(text(sample()).find('\x1b'), std::string::npos);
  EXPECT_NE(text(sample(), {.colour = true}).find("\x1b[1;33mWARNING\x1b[0m"), std::string::npos);
}

TEST(FindingText, SentencesAreBrokenAtTheWidthAndCommandsAreNot) {
  Finding finding = sample();
  finding.summary.clear();
  for (int i = 0; i < 40; ++i) finding.summary += "word ";
  finding.evidence = {};
  finding.advice = {{"x", std::string(200, 'c'), ""}};
  std::size_t longest = 0;
  const std::string whole = text(finding, {.width = 60});
  for (const std::string_view line : split(whole, '\n')) {
    if (line.find("cccc") == std::string_view::npos) longest = std::max(longest, display_width(line));
  }
  EXPECT_LE(longest, 60U);
  EXPECT_GE(longest, 55U);
  EXPECT_NE(whole.find(std::string(200, 'c')), std::string::npos);
}

TEST(FindingText, MomentsAreClockTimes) {
  Finding finding = sample();
  finding.evidence.columns = {"process", "since"};
  finding.evidence.rows = {{"web", MonoTime{3'600'000'000'000}}};
  EXPECT_EQ(text(finding).find("since"), std::string::npos) << "not known without a clock";
  FindingStyle style;
  style.clock = WallClock::with_offset(0);
  std::string expected;
  append_local_time_us(expected, 3'600'000'000'000);
  EXPECT_NE(text(finding, style).find(expected.substr(0, 8) + "\n"), std::string::npos);
  std::string json_text;
  append_finding_json(json_text, finding, style.clock);
  EXPECT_EQ(json::parse(json_text)["evidence"][0]["since"], "1970-01-01T01:00:00.000000000Z");
}

TEST(FindingsText, OnlyWhatAsksForSomethingIsShownAndEachNoteOnce) {
  Finding harmless = sample();
  harmless.severity = Severity::info;
  harmless.summary = "nothing to do here";
  Finding costly = harmless;
  costly.summary = "two hundred milliseconds";
  costly.asks = true;
  const std::vector<Finding> findings{sample(), costly, harmless};
  std::string out;
  append_findings_text(out, findings, {"connects (p99 31.0µs)", "accept queues"}, {});
  EXPECT_NE(out.find("the server closes first"), std::string::npos);
  EXPECT_NE(out.find("two hundred milliseconds"), std::string::npos);
  EXPECT_EQ(out.find("nothing to do here"), std::string::npos);
  EXPECT_EQ(out.find("a note"), out.rfind("a note"));
  EXPECT_TRUE(
      out.ends_with("Fine: connects (p99 31.0µs), accept queues. conntrail diagnose --all shows figures\n"))
      << out;
  std::string all;
  append_all_findings_text(all, findings, {});
  EXPECT_NE(all.find("nothing to do here"), std::string::npos);
}

TEST(FindingsText, AHealthyHostIsOneLine) {
  const test::World world = test::healthy();
  const auto findings = diagnose::run(world.evidence());
  std::string out;
  append_findings_text(out, findings, diagnose::fine(world.evidence(), findings), {});
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
  for (const char* word : {"connects (p99 ", "accept queues", "CLOSE_WAIT", "TIME_WAIT", "loss", "queues"})
    EXPECT_NE(out.find(word), std::string::npos) << word;
}

TEST(FindingsText, AStormInThePastAsksForNothing) {
  test::Storm storm;
  storm.rate = 100;
  const test::World world = test::server_storm(storm);
  std::string out;
  const auto findings = diagnose::run(world.evidence());
  append_all_findings_text(out, findings, {});
  EXPECT_EQ(out.find("0.00/s"), std::string::npos) << out;
  for (const Finding& finding : findings) EXPECT_FALSE(finding.asks_for_something()) << finding.id;
}

TEST(Findings, NobodyIsAdvisedWhoIsNotKnown) {
  for (test::World world : {test::client_storm(), test::leaking_server(), test::lossy_path()}) {
    for (const Finding& finding : run(world.evidence())) {
      for (const Advice& advice : finding.advice)
        EXPECT_EQ(advice.action.find("unknown process"), std::string::npos) << advice.action;
    }
  }
}

TEST(FindingJson, IsReadBackByAParser) {
  const json value = parsed(sample());
  EXPECT_EQ(value["type"], "finding");
  EXPECT_EQ(value["severity"], "warning");
  EXPECT_EQ(value["topic"], "time-wait");
  EXPECT_EQ(value["id"], "server-closes-first");
  EXPECT_EQ(value["facts"], json({{"pid", 77}, {"rate", 12.5}, {"comm", "web\x1b[31m"}}));
  EXPECT_EQ(value["evidence"][1], json({{"process", "b"}, {"count", 12345}, {"share", 0.0004}}));
  EXPECT_EQ(value["advice"][0],
            json({{"action", "do this"}, {"command", "sysctl -w a=b"}, {"cost", "some memory"}}));
  EXPECT_EQ(value["advice"][1], json({{"action", "and that"}}));
  EXPECT_EQ(value["notes"], json({"a note"}));
}

TEST(FindingJson, WhatIsNoNumberIsAbsent) {
  Finding finding = sample();
  finding.facts = {{"a", std::numeric_limits<double>::quiet_NaN()},
                   {"b", std::numeric_limits<double>::infinity()},
                   {"c", std::numeric_limits<std::int64_t>::min()}};
  const json value = parsed(finding);
  EXPECT_EQ(value["facts"], json({{"c", std::numeric_limits<std::int64_t>::min()}}));
}

TEST(FindingJson, EveryFindingOfEveryScenarioIsValid) {
  for (const test::World& world :
       {test::healthy(), test::client_storm(), test::leaking_server(), test::lossy_path()}) {
    for (const Finding& finding : run(world.evidence()))
      EXPECT_EQ(parsed(finding)["summary"], finding.summary);
  }
}

// docs/diagnose.md and docs/records.md are contracts: they name what is printed.
std::string document(const std::string& name) {
  std::ifstream file(std::string(CONNTRAIL_SOURCE_DIR "/docs/") + name);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Finding> all_findings() {
  std::vector<Finding> out;
  test::World overflowing = test::server_storm();
  overflowing.set("sysctl.tcp_max_tw_buckets", 20000);
  overflowing.count("TcpExt.TCPTimeWaitOverflow", 5);
  test::World filling;
  filling.listener(test::kServer, 80, 100);
  filling.queue(80, 90, 90);
  for (const test::World& world :
       {test::healthy(), test::client_storm(), test::server_storm(), test::leaking_server(),
        test::overflowing_listener(), test::syn_flood(), test::lossy_path(),
        test::black_hole_beside_refused_port(), test::slow_path(), test::lost_syns(), test::unread_data(),
        test::peers_that_never_close(), test::fallbacks(), test::stuck_queues(), std::move(overflowing),
        std::move(filling)}) {
    for (Finding& finding : run(world.evidence())) out.push_back(std::move(finding));
  }
  return out;
}

TEST(DiagnoseDocument, NamesEveryFindingWithItsTopic) {
  const std::string text = document("diagnose.md");
  for (const Finding& finding : all_findings())
    EXPECT_NE(text.find("| " + finding.topic + " | `" + finding.id + "` |"), std::string::npos) << finding.id;
}

TEST(DiagnoseDocument, NamesEveryFactAndColumn) {
  const std::string text = document("diagnose.md");
  for (const Finding& finding : all_findings()) {
    for (const auto& fact : finding.facts)
      EXPECT_NE(text.find("`" + fact.key + "`"), std::string::npos) << finding.id << " fact " << fact.key;
    for (const auto& column : finding.evidence.columns)
      EXPECT_NE(text.find("`" + column + "`"), std::string::npos) << finding.id << " column " << column;
  }
}

TEST(RecordsDocument, NamesEveryKeyOfAFinding) {
  const std::string text = document("records.md");
  const json value = parsed(sample());
  for (const auto& [key, unused] : value.items())
    EXPECT_NE(text.find("| `" + key + "`"), std::string::npos) << key;
  EXPECT_NE(text.find("## diagnose: `finding`"), std::string::npos);
}

}  // namespace
}  // namespace conntrail::view
