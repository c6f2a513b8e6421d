// The file itself: what is replaced, what is refused, and what a writer that is cut short leaves.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "conntrail/base/unique_fd.h"
#include "random_records.h"

namespace conntrail::store::test {
namespace {

using testing::HasSubstr;

TEST(File, an_older_capture_is_replaced) {
  const TemporaryFile file(capture_of({RandomRecords(1).snapshot(1000)}));
  auto writer = CaptureWriter::create(file.path(), some_header());
  ASSERT_TRUE(writer);
  (*writer)->add(CapturedTime{{7}, true});
  ASSERT_TRUE((*writer)->finish());
  EXPECT_EQ((*writer)->bytes(), file.read().size());
  const ReadBack read = read_back(file.read());
  EXPECT_FALSE(read.damage);
  ASSERT_EQ(read.records.size(), 1U);
}

TEST(File, what_is_no_capture_is_not_touched) {
  const TemporaryFile file("my thesis");
  const auto writer = CaptureWriter::create(file.path(), some_header());
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().what, HasSubstr("is not a capture"));
  EXPECT_EQ(file.read(), "my thesis");
  EXPECT_FALSE(CaptureWriter::create("/does/not/exist/at/all", some_header()));
}

TEST(File, without_an_end_everything_but_the_end_mark_is_there) {
  const TemporaryFile file;
  {
    auto writer = CaptureWriter::create(file.path(), some_header());
    ASSERT_TRUE(writer);
    (*writer)->add(CapturedTime{{7}, false});
  }
  const ReadBack read = read_back(file.read());
  EXPECT_EQ(read.records.size(), 1U);
  ASSERT_TRUE(read.damage);
  EXPECT_THAT(read.damage->why, HasSubstr("ends early"));
}

TEST(File, what_was_flushed_is_there_soon) {
  const TemporaryFile file;
  auto writer = CaptureWriter::create(file.path(), some_header());
  ASSERT_TRUE(writer);
  (*writer)->add(CapturedTime{{7}, false});
  ASSERT_TRUE((*writer)->flush());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::size_t records = 0;
  while (records == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (const std::string content = file.read(); !content.empty() && CaptureReader::open(file.path()))
      records = read_back(content).records.size();
  }
  EXPECT_EQ(records, 1U);
}

TEST(File, a_full_disk_is_told) {
  auto writer = CaptureWriter::create("/dev/full", some_header());
  ASSERT_TRUE(writer);
  (*writer)->add(CapturedTime{{7}, false});
  const auto finished = (*writer)->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().sys_errno, ENOSPC);
  EXPECT_THAT(finished.error().what, HasSubstr("/dev/full"));
}

TEST(File, newest_moment_without_reading_all) {
  const std::vector<CaptureRecord> records{CapturedTime{{5}, false}, CapturedTime{{90}, false},
                                           CapturedTime{{80}, true}};
  const TemporaryFile file(capture_of(records, {0, 1}));
  const auto newest = CaptureReader::newest(file.path());
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->ns, 90);
  const TemporaryFile empty(capture_of({}));
  EXPECT_FALSE(CaptureReader::newest(empty.path())->known());
  EXPECT_FALSE(CaptureReader::newest("-"));
}

}  // namespace
}  // namespace conntrail::store::test
