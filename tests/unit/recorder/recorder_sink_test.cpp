// What the recorder hands to the database, and when: a table larger than what may be pending loses nothing.
#include "conntrail/recorder/recorder_sink.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

#include "conntrail/store/history.h"
#include "conntrail/track/tracker.h"

namespace conntrail::recorder {
namespace {

constexpr MonoTime kStart{1'000'000'000'000};
constexpr Nanoseconds kStep{400'000'000};

class Recording : public testing::Test {
 protected:
  Recording() {
    std::string name = ::testing::TempDir() + "conntrail_sink_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    directory_ = name;
    store::WriterOptions options;
    options.path = path();
    options.max_bytes = std::uint64_t{4} << 30U;
    store::Run run;
    run.boot_id = "boot";
    run.source = "events";
    run.clock = clock_;
    run.started = kStart;
    auto writer = store::HistoryWriter::open(options, run);
    if (!writer) throw std::runtime_error(format_error(writer.error()));
    writer_ = std::move(*writer);
    sink_.write_to(*writer_);
  }
  ~Recording() override {
    writer_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::string path() const { return directory_ / "h.db"; }

  static std::vector<SocketRow> table(std::uint32_t count, std::uint32_t receive_queue) {
    std::vector<SocketRow> rows(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      SocketRow& row = rows[i];
      row.state = TcpState::established;
      row.cookie = i + 1;
      row.inode = i + 1;
      row.receive_queue = receive_queue;
      row.tuple.netns = 1;
      row.tuple.family = Family::inet;
      row.tuple.local = {IpAddress::v4({10, 0, 0, 1}), 80};
      row.tuple.remote = {
          IpAddress::v4({10, 1, static_cast<std::uint8_t>(i >> 16U), static_cast<std::uint8_t>(i >> 8U)}),
          static_cast<std::uint16_t>(1024 + i % 256)};
    }
    return rows;
  }
  void merge(const std::vector<SocketRow>& rows, MonoTime at) {
    SnapshotScope scope;
    scope.started = scope.finished = at;
    scope.namespaces = {1};
    tracker_.apply(scope, rows);
  }
  // What is in the database: how many connections there are of each receive queue.
  [[nodiscard]] std::map<std::uint32_t, std::uint32_t> queues() const {
    auto reader = store::HistoryReader::open(path());
    if (!reader) throw std::runtime_error(format_error(reader.error()));
    std::map<std::uint32_t, std::uint32_t> out;
    const auto done =
        reader->for_each({}, store::SortKey::id, false, [&](const store::HistoryRecord& record) {
          ++out[record.connection.receive_queue];
          return true;
        });
    EXPECT_TRUE(done);
    return out;
  }

  WallClock clock_ = WallClock::with_offset(0);
  filter::Filter filter_;
  RecorderSink sink_{filter_, clock_};
  track::Tracker tracker_{sink_};
  std::filesystem::path directory_;
  std::unique_ptr<store::HistoryWriter> writer_;
};

TEST_F(Recording, ATableLargerThanWhatMayBePendingIsWrittenInTurns) {
  constexpr std::uint32_t kMany = 250'000;
  merge(table(kMany, 0), kStart);
  MonoTime now = kStart;
  sink_.refresh(tracker_, now);
  EXPECT_TRUE(writer_->behind()) << "the table is too small to prove anything";
  for (int turn = 0; turn < 100 && writer_->totals().rows_written < kMany; ++turn) {
    writer_->flush();
    now = now + kStep;
    sink_.refresh(tracker_, now);
  }
  EXPECT_EQ(writer_->totals().rows_written, kMany);
  EXPECT_EQ(writer_->totals().rows_dropped, 0U);

  // Nothing changed: nothing is written.
  sink_.refresh(tracker_, now + kStep);
  writer_->flush();
  EXPECT_EQ(writer_->totals().rows_written, kMany);
  EXPECT_EQ(queues(), (std::map<std::uint32_t, std::uint32_t>{{0, kMany}}));
}

TEST_F(Recording, TheEndOfARunWaitsForTheDatabase) {
  constexpr std::uint32_t kMany = 250'000;
  merge(table(kMany, 7), kStart);
  sink_.put_all_living(tracker_, kStart + kStep);
  const auto done = writer_->finish(kStart + kStep);
  ASSERT_TRUE(done) << format_error(done.error());
  EXPECT_EQ(writer_->totals().rows_dropped, 0U);
  EXPECT_EQ(queues(), (std::map<std::uint32_t, std::uint32_t>{{7, kMany}}));
}

}  // namespace
}  // namespace conntrail::recorder
