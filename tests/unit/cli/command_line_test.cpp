// CommandLine: what is taken, what is handed back, and what a mistake is told.
#include "options/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conntrail::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Words = std::vector<std::string>;

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    columns_ = line_.add("--columns", columns, "NAMES", "columns to show");
    line_.add("--netns", netns, "NS", "only this network namespace");
    count_ = line_.add("--count", count, "N", "end after so many");
    line_.add("-o,--output", output, "FILE", "write to this file");
    csv_ = line_.add_flag("--csv", csv, "comma-separated values");
    json_ = line_.add_flag("--json,--jsonl", json, "one JSON object per line");
    line_.add_choice("--by", by, {"transition", "connection"}, "a line per what");
    line_.add_choices("--only", only, {"reset", "end"}, "only these lines");
  }

  // The words that are handed back; a failure is a failed test.
  Words parse(const Words& words) {
    auto parsed = line_.parse(words);
    if (!parsed) {
      ADD_FAILURE() << format_error(parsed.error());
      return {};
    }
    EXPECT_FALSE(parsed->help);
    return parsed->rest;
  }
  std::string error(const Words& words) {
    const auto parsed = line_.parse(words);
    if (parsed) return "no error";
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    return format_error(parsed.error());
  }

  std::string columns;
  Words netns;
  std::optional<std::uint64_t> count;
  std::string output = "-";
  bool csv = false;
  bool json = false;
  std::string by = "transition";
  Words only;

  CommandLine line_{"list", "[FILTER]", "current connections"};
  CommandLine::Option columns_{};
  CommandLine::Option count_{};
  CommandLine::Option csv_{};
  CommandLine::Option json_{};
};

TEST_F(CommandLineTest, ValuesReachTheirVariables) {
  EXPECT_THAT(
      parse({"--columns", "state,owner", "--netns", "a", "--netns=b", "--count", "18446744073709551615", "-o",
             "f", "--json", "--by", "connection", "--only", "reset,end"}),
      IsEmpty());
  EXPECT_EQ(columns, "state,owner");
  EXPECT_THAT(netns, ElementsAre("a", "b"));
  EXPECT_EQ(count, 18446744073709551615U);
  EXPECT_EQ(output, "f");
  EXPECT_TRUE(json);
  EXPECT_FALSE(csv);
  EXPECT_EQ(by, "connection");
  EXPECT_THAT(only, ElementsAre("reset", "end"));
}

TEST_F(CommandLineTest, WhatIsNotGivenKeepsItsValue) {
  EXPECT_THAT(parse({}), IsEmpty());
  EXPECT_EQ(output, "-");
  EXPECT_EQ(by, "transition");
  EXPECT_EQ(count, std::nullopt);
}

// A bracketed IPv6 address would be a list to the library.
TEST_F(CommandLineTest, OtherWordsAreHandedBackAsTheyAre) {
  EXPECT_THAT(parse({"dst", "[fe80::1]:443", "--json", "and", "not", "state=established", "(", "-"}),
              ElementsAre("dst", "[fe80::1]:443", "and", "not", "state=established", "(", "-"));
  EXPECT_TRUE(json);
}

TEST_F(CommandLineTest, AListTakesOneValueEachTime) {
  EXPECT_THAT(parse({"--netns", "all", "comm", "nginx", "--only", "end", "lport"}),
              ElementsAre("comm", "nginx", "lport"));
  EXPECT_THAT(netns, ElementsAre("all"));
  EXPECT_THAT(only, ElementsAre("end"));
}

TEST_F(CommandLineTest, UnknownOptionSuggestsTheNearOne) {
  EXPECT_EQ(error({"--colums", "state"}), "unknown option '--colums' (did you mean --columns?)");
  EXPECT_EQ(error({"--colums=state"}), "unknown option '--colums=state' (did you mean --columns?)");
  EXPECT_EQ(error({"--frobnicate"}), "unknown option '--frobnicate' (see conntrail list --help)");
  EXPECT_EQ(error({"-x"}), "unknown option '-x' (see conntrail list --help)");
}

TEST_F(CommandLineTest, EmptyValuesAreErrors) {
  const std::string hint = ": the value is empty (write a value, or leave the option out)";
  EXPECT_EQ(error({"--columns", ""}), "--columns" + hint);
  EXPECT_EQ(error({"--netns", "a", "--netns", ""}), "--netns" + hint);
  EXPECT_EQ(error({"--count", ""}), "--count" + hint);
  EXPECT_EQ(error({"-o", ""}), "--output" + hint);
  EXPECT_EQ(error({"--by", ""}), "--by" + hint);
}

TEST_F(CommandLineTest, AnEmptyValueIsToldBeforeAnythingElse) {
  line_.exclude(columns_, csv_);
  EXPECT_THAT(error({"--columns", "", "--csv"}), HasSubstr("--columns: the value is empty"));
}

TEST_F(CommandLineTest, ASecondValueIsAnError) {
  EXPECT_EQ(error({"--count", "1", "--count", "2"}),
            "--count is given more than once (see conntrail list --help)");
  EXPECT_EQ(error({"-o", "a", "--output", "b"}),
            "--output is given more than once (see conntrail list --help)");
}

TEST_F(CommandLineTest, AMissingValueIsAnError) {
  EXPECT_EQ(error({"--columns"}), "--columns needs a value (see conntrail list --help)");
  EXPECT_EQ(error({"--netns"}), "--netns needs a value (see conntrail list --help)");
}

TEST_F(CommandLineTest, CountsAreWholeNumbers) {
  for (const char* text : {"-1", "+1", "1.5", "1e3", "0x10", "ten", "1 ", "18446744073709551616"})
    EXPECT_EQ(error({"--count", text}),
              "--count: '" + std::string(text) + "' is not a count (see conntrail list --help)");
}

TEST_F(CommandLineTest, ChoicesAreThoseNamed) {
  EXPECT_THAT(error({"--by", "colour"}), HasSubstr("--by: colour not in {transition,connection}"));
  EXPECT_THAT(error({"--only", "end,colour"}), HasSubstr("--only: colour not in {reset,end}"));
}

TEST_F(CommandLineTest, ExclusionsAreToldInEitherOrder) {
  line_.exclude(csv_, json_);
  line_.exclude(count_, columns_, "columns are not counted", "leave out --count");
  const std::string both = "--csv and --json exclude each other (choose one)";
  EXPECT_EQ(error({"--csv", "--json"}), both);
  EXPECT_EQ(error({"--jsonl", "--csv"}), both);
  EXPECT_EQ(error({"--columns", "a", "--count", "1"}), "columns are not counted (leave out --count)");
  EXPECT_EQ(error({"--count", "1", "--columns", "a"}), "columns are not counted (leave out --count)");
}

TEST_F(CommandLineTest, OneOfTwoThatExcludeEachOtherIsFine) {
  line_.exclude(csv_, json_);
  EXPECT_THAT(parse({"--csv"}), IsEmpty());
  EXPECT_TRUE(csv);
}

TEST_F(CommandLineTest, NeedsAreTold) {
  line_.need(count_, columns_, "--count needs columns to count", "give --columns");
  line_.need(csv_, count_);
  EXPECT_EQ(error({"--count", "1"}), "--count needs columns to count (give --columns)");
  EXPECT_EQ(error({"--csv"}), "--csv needs --count");
  EXPECT_THAT(parse({"--columns", "a"}), IsEmpty()) << "the other way round nothing is needed";
  EXPECT_THAT(parse({"--csv", "--count", "1", "--columns", "a"}), IsEmpty());
}

TEST_F(CommandLineTest, OperandsAreRequired) {
  std::string file;
  CommandLine line("capture", "FILE [FILTER]", "write a file");
  line.add_operand("FILE", file, "the file to write");
  const auto missing = line.parse({});
  ASSERT_FALSE(missing);
  EXPECT_EQ(format_error(missing.error()), "FILE is required (see conntrail capture --help)");
  const auto parsed = line.parse({"f", "comm", "nginx"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(file, "f");
  EXPECT_THAT(parsed->rest, ElementsAre("comm", "nginx"));
}

TEST_F(CommandLineTest, HelpNamesTheProgramAndWhatFollows) {
  line_.set_footer("Columns:\n  many");
  EXPECT_THAT(line_.help(), HasSubstr("current connections\nusage: conntrail list [OPTIONS] [FILTER]\n\n"));
  EXPECT_THAT(line_.help(), HasSubstr("\n  --columns NAMES             columns to show\n"));
  EXPECT_THAT(line_.help(), HasSubstr("\n  -o,--output FILE            write to this file\n"));
  EXPECT_THAT(line_.help(), HasSubstr("\nColumns:\n  many"));
  EXPECT_THAT(CommandLine("doctor", "", "checks").help(), HasSubstr("usage: conntrail doctor [OPTIONS]\n"));
}

TEST_F(CommandLineTest, HelpIsAskedForWhateverElseIsThere) {
  line_.exclude(csv_, json_);
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"comm", "x", "--csv", "--json", "--help"}}) {
    const auto parsed = line_.parse(words);
    ASSERT_TRUE(parsed) << words.back();
    EXPECT_TRUE(parsed->help);
  }
}

TEST_F(CommandLineTest, OptionsHaveTheirLongNames) {
  EXPECT_EQ(line_.name(columns_), "--columns");
  EXPECT_EQ(line_.name(json_), "--json");
}

}  // namespace
}  // namespace conntrail::cli
