#include "log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_directory.h"

namespace conntrail::log {
namespace {

class LogFiles : public testing::Test {
 protected:
  [[nodiscard]] static mode_t mode(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  void put(LogFile& file, std::string_view line) const {
    EXPECT_EQ(file.take(line), line.size()) << path << ": " << line;
  }

  TemporaryDirectory directory;
  std::string path = directory.file("log");
  LogFileLimits limits{.bytes = 100, .old_files = 2};
};

TEST_F(LogFiles, IsPrivateWhateverTheUmask) {
  for (const mode_t mask : {mode_t{022}, mode_t{0}}) {
    const mode_t before = umask(mask);
    LogFile file(path, limits);
    put(file, "one\n");
    umask(before);
    EXPECT_EQ(mode(path), mode_t{0600});
    unlink(path.c_str());
  }
}

TEST_F(LogFiles, GoesOnWhereItEnded) {
  {
    LogFile file(path, limits);
    put(file, "one\n");
  }
  LogFile file(path, limits);
  put(file, "two\n");
  EXPECT_EQ(content(path), "one\ntwo\n");
}

TEST_F(LogFiles, IsRotatedAndBounded) {
  LogFile file(path, limits);
  for (char letter = 'a'; letter <= 'h'; ++letter) put(file, std::string(49, letter) + "\n");
  EXPECT_EQ(content(path), std::string(49, 'g') + "\n" + std::string(49, 'h') + "\n");
  EXPECT_EQ(content(path + ".1"), std::string(49, 'e') + "\n" + std::string(49, 'f') + "\n");
  EXPECT_EQ(content(path + ".2"), std::string(49, 'c') + "\n" + std::string(49, 'd') + "\n");
  EXPECT_EQ(access((path + ".3").c_str(), F_OK), -1);
  EXPECT_EQ(mode(path), mode_t{0600});
}

TEST_F(LogFiles, RotatesWhatComesAtOnce) {
  LogFile file(path, limits);
  put(file, std::string(79, 'a') + "\n" + std::string(79, 'b') + "\n");
  EXPECT_EQ(content(path), std::string(79, 'b') + "\n");
}

TEST_F(LogFiles, FollowsItsName) {
  LogFile file(path, limits);
  put(file, "one\n");
  ASSERT_EQ(rename(path.c_str(), directory.file("moved").c_str()), 0);
  put(file, "two\n");
  EXPECT_EQ(content(directory.file("moved")), "one\n");
  EXPECT_EQ(content(path), "two\n");
  ASSERT_EQ(unlink(path.c_str()), 0);
  put(file, "three\n");
  EXPECT_EQ(content(path), "three\n");
  ASSERT_EQ(truncate(path.c_str(), 0), 0);  // logrotate's copytruncate
  put(file, "four\n");
  EXPECT_EQ(content(path), "four\n");
}

TEST_F(LogFiles, DoesNotFollowASymbolicLink) {
  const std::string target = directory.file("target");
  ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0);
  LogFile file(path, limits);
  const auto opened = file.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(format_error(opened.error()).find("symbolic link"), std::string::npos);
  EXPECT_EQ(file.take("one\n"), 0U);
  EXPECT_EQ(access(target.c_str(), F_OK), -1);
}

TEST_F(LogFiles, NorOneThatTakesItsPlace) {
  const std::string target = directory.file("target");
  LogFile file(path, limits);
  put(file, "one\n");
  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0);
  EXPECT_EQ(file.take("two\n"), 0U);
  EXPECT_EQ(access(target.c_str(), F_OK), -1);
}

TEST_F(LogFiles, AreRegularFiles) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_FALSE(LogFile(path, limits).open());
  close(reader);
  EXPECT_FALSE(LogFile(path, limits).open()) << "and nobody waits for a reader";
  EXPECT_FALSE(LogFile("/dev/full", limits).open());
  EXPECT_FALSE(LogFile(directory.file("no/such/directory"), limits).open());
}

TEST_F(LogFiles, HeldBackMakesNoFile) {
  LogFile file(path, limits);
  file.hold();
  EXPECT_EQ(file.take("one\n"), 0U);
  EXPECT_EQ(access(path.c_str(), F_OK), -1);
  file.release();
  put(file, "one\n");
  EXPECT_EQ(content(path), "one\n");
}

}  // namespace
}  // namespace conntrail::log
