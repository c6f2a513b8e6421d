#include "proc/proc_lines.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace conntrail::netstat {
namespace {

class ProcLinesTest : public testing::Test {
 protected:
  ~ProcLinesTest() override {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  std::vector<std::string> lines(const std::string& text, std::size_t longest = 8191) {
    std::ofstream(path_, std::ios::binary) << text << std::flush;
    auto reader = ProcLines::open(path_.c_str(), longest);
    EXPECT_TRUE(reader.has_value());
    std::vector<std::string> result;
    std::string_view line;
    while (reader->next(line)) result.emplace_back(line);
    return result;
  }

  std::string path_ = testing::TempDir() + "conntrail_proc_lines_" + std::to_string(::getpid());
};

TEST_F(ProcLinesTest, KeepTheirNewlines) {
  EXPECT_EQ(lines(""), std::vector<std::string>{});
  EXPECT_EQ(lines("\n"), std::vector<std::string>{"\n"});
  EXPECT_EQ(lines("a\nb"), (std::vector<std::string>{"a\n", "b"}));
}

TEST_F(ProcLinesTest, LongOnesComeInPieces) {
  EXPECT_EQ(lines("abcdefgh\nij\n", 4), (std::vector<std::string>{"abcd", "efgh", "\n", "ij\n"}));
}

TEST_F(ProcLinesTest, MoreThanTheBufferIsRead) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto all = lines(text);
  ASSERT_EQ(all.size(), 50'000U);
  EXPECT_EQ(all[0], "line 0\n");
  EXPECT_EQ(all[49'999], "line 49999\n");
}

TEST_F(ProcLinesTest, MissingFilesAnswerErrno) {
  const auto reader = ProcLines::open("/proc/self/no-such-file");
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error(), ENOENT);
  EXPECT_EQ(read_whole("/proc/self/no-such-file").error(), ENOENT);
}

}  // namespace
}  // namespace conntrail::netstat
