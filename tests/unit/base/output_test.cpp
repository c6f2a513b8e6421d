#include "conntrail/base/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace conntrail {
namespace {

TEST(Output, FinishWritesWhatIsLeft) {
  const std::string path = testing::TempDir() + "output_test." + std::to_string(getpid());
  {
    auto output = Output::open(path);
    ASSERT_TRUE(output);
    output->append("line\n");
    EXPECT_TRUE(output->finish());
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "line\n");
  unlink(path.c_str());
}

TEST(Output, FinishTellsThatADiskIsFull) {
  auto output = Output::open("/dev/full");
  ASSERT_TRUE(output);
  output->append("line\n");
  const auto written = output->finish();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().what, "cannot write the output");
  EXPECT_EQ(written.error().sys_errno, ENOSPC);
  // An error of an earlier flush is not forgotten.
  EXPECT_FALSE(output->finish());
}

TEST(Output, AReaderWhoHasGoneIsNotAnError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  auto output = Output::open("/proc/self/fd/" + std::to_string(ends[1]));
  ASSERT_TRUE(output);
  close(ends[1]);
  close(ends[0]);
  output->append("line\n");
  EXPECT_TRUE(output->finish());
  EXPECT_TRUE(output->reader_gone());
  std::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace conntrail
