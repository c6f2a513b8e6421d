// The groups of options that commands share: what goes together and what does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "options/capture_options.h"
#include "options/range_options.h"
#include "options/source_options.h"
#include "options/table_options.h"

namespace conntrail::cli {
namespace {

using testing::ElementsAre;

std::string error_of(CommandLine& line, const std::vector<std::string>& words) {
  const auto parsed = line.parse(words);
  return parsed ? "no error" : format_error(parsed.error());
}

TEST(SourceOptionsTest, NamespacesAndSource) {
  SourceOptions options;
  CommandLine line("list", "", "");
  options.add_to(line);
  EXPECT_EQ(error_of(line, {"--netns", "self", "--netns", "4711", "--source", "proc"}), "no error");
  EXPECT_THAT(options.netns, ElementsAre("self", "4711"));
  EXPECT_EQ(options.source, "proc");
}

TEST(SourceOptionsTest, SeveralNamespacesInOneWord) {
  for (const bool recording : {false, true}) {
    SourceOptions options;
    CommandLine line("list", "", "");
    recording ? options.add_netns_to(line) : options.add_to(line);
    EXPECT_EQ(error_of(line, {"--netns", "blue,red", "--netns=4711", "nginx"}), "no error");
    EXPECT_THAT(options.netns, ElementsAre("blue", "red", "4711"));
    EXPECT_NE(line.help().find("--netns NS[,NS]"), std::string::npos) << line.help();
  }
}

TEST(SourceOptionsTest, UnknownSourceIsTold) {
  SourceOptions options;
  options.source = "guess";
  const auto choice = resolve(options);
  ASSERT_FALSE(choice);
  EXPECT_EQ(format_error(choice.error()), "unknown source 'guess' (use auto, diag, bpf or proc)");
}

TEST(SourceOptionsTest, RecordingsHaveNoSource) {
  SourceOptions options;
  CommandLine line("history", "", "");
  options.add_netns_to(line);
  EXPECT_EQ(error_of(line, {"--source", "diag"}), "unknown option '--source' (see conntrail history --help)");
}

Connection connection_in(std::uint32_t netns, std::uint16_t remote_port) {
  Connection connection;
  connection.tuple.netns = netns;
  connection.tuple.remote.port = remote_port;
  return connection;
}

TEST(SourceOptionsTest, NamespacesOfARecordingArePartOfTheFilter) {
  SourceOptions options;
  options.netns = {"4026531840", "4026532000"};
  options.filter_words = {"dport", "=", ":80", "or", "dport", "=", ":443"};
  const auto filter = resolve_recorded(options);
  ASSERT_TRUE(filter) << format_error(filter.error());
  EXPECT_TRUE(filter->matches(connection_in(4026531840, 80), MonoTime{1}));
  EXPECT_TRUE(filter->matches(connection_in(4026532000, 443), MonoTime{1}));
  EXPECT_FALSE(filter->matches(connection_in(4026532001, 80), MonoTime{1}));
  EXPECT_FALSE(filter->matches(connection_in(4026531840, 22), MonoTime{1}));
}

TEST(RangeOptionsTest, ADatabaseOrACapture) {
  RangeOptions options;
  CommandLine line("export", "", "");
  options.add_to(line);
  EXPECT_EQ(error_of(line, {"--from", "x", "--db", "y"}),
            "--db and --from exclude each other (name a database or a capture)");
  EXPECT_EQ(error_of(line, {"--db", "y", "--since", "-1m", "--until", "now"}), "no error");
  EXPECT_EQ(options.place.database, "y");
  EXPECT_EQ(options.range.since, "-1m");
  EXPECT_EQ(options.range.until, "now");
}

TEST(TableOptionsTest, OneNotation) {
  TableOptions options;
  CommandLine line("list", "", "");
  options.add_to(line, {"KEY", "how", "which"});
  EXPECT_EQ(error_of(line, {"--csv", "--json"}), "--csv and --json exclude each other (choose one)");
  EXPECT_EQ(error_of(line, {"--csv", "--no-header", "--sort", "-age", "--columns", "+trail"}), "no error");
  EXPECT_TRUE(options.csv && options.no_header);
  EXPECT_EQ(options.sort, "-age");
  EXPECT_EQ(options.columns, "+trail");
}

TEST(CaptureOptionsTest, TheLiveHostOrACapture) {
  CaptureOptions options;
  bool poll = false;
  CommandLine line("trace", "", "");
  const auto files = options.add_to(line, "show");
  only_live(line, line.add_flag("--poll", poll, ""), files.from);
  EXPECT_EQ(error_of(line, {"--from", "x", "--capture", "y"}),
            "--capture is for the live host, --from for a capture (choose one)");
  EXPECT_EQ(error_of(line, {"--poll", "--from", "x"}),
            "--poll is for the live host, --from for a capture (choose one)");
  EXPECT_EQ(error_of(line, {"--poll", "--capture", "y"}), "no error");
  EXPECT_EQ(options.capture, "y");
}

}  // namespace
}  // namespace conntrail::cli
