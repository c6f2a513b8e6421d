#include "conntrail/log/log_tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_directory.h"

namespace conntrail::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogTail : public testing::Test {
 protected:
  static void write(const std::string& name, std::string_view text) { std::ofstream(name) << text; }

  TemporaryDirectory directory;
  std::string path = directory.file("log");
};

TEST_F(LogTail, OfNoFileIsEmpty) { EXPECT_THAT(last_lines(path, 3).value(), IsEmpty()); }

TEST_F(LogTail, TheLastLines) {
  write(path, "one\ntwo\nthree\n");
  EXPECT_THAT(last_lines(path, 2).value(), ElementsAre("two", "three"));
  EXPECT_THAT(last_lines(path, 9).value(), ElementsAre("one", "two", "three"));
}

TEST_F(LogTail, ReachesIntoTheFileBefore) {
  write(path + ".1", "one\ntwo\n");
  write(path, "three\nfo");
  EXPECT_THAT(last_lines(path, 3).value(), ElementsAre("two", "three", "fo"));
}

TEST_F(LogTail, OfALargeFileBeginsWithAWholeLine) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  write(path, text);
  const auto lines = last_lines(path, 100'000).value();
  EXPECT_TRUE(lines.front().starts_with("line ")) << lines.front();
  EXPECT_EQ(lines.back(), "line 49999");
}

TEST_F(LogTail, ControlCharactersAreVisible) {
  write(path, "red \x1b[31m\n");
  EXPECT_THAT(last_lines(path, 1).value(), ElementsAre("red ?[31m"));
}

TEST_F(LogTail, OfWhatIsNotALog) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(last_lines(path, 1));
}

}  // namespace
}  // namespace conntrail::log
