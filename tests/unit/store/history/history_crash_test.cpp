// A recorder that is killed, a disk that is full, a file that is damaged.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "history_fixture.h"

namespace conntrail::store {
namespace {

using namespace test;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr Nanoseconds kSecond{1'000'000'000};

constexpr int kPortion = 100;
#ifdef __SANITIZE_ADDRESS__
constexpr int kSlowness = 10;  // of the writer; a second of it is longer then
#else
constexpr int kSlowness = 1;
#endif

// What a forked writer has handed over, and since when.
struct Progress {
  std::atomic<std::uint64_t> put;         // connections handed over
  std::atomic<std::uint64_t> second_ago;  // of those: more than a second of this machine's time before
};

// Puts connections until it is killed: few enough that a busy machine keeps up.
[[noreturn]] void write_forever(const std::string& path, std::uint64_t first, Progress& progress) {
  auto run = run_at_noon();
  run.started = mono_now();
  const auto writer = open_writer(path, run);
  std::vector<std::pair<std::chrono::steady_clock::time_point, std::uint64_t>> history;
  Crowd crowd(first, run.started, kSecond);
  std::uint64_t put = 0;
  auto stall = std::chrono::steady_clock::duration::zero();  // the longest time a busy machine let this wait
  for (;;) {
    for (int i = 0; i < kPortion; ++i, ++put) {
      Connection c = crowd.next();
      c.cookie += first * 1'000'000;
      writer->put(c, mono_now());
    }
    if (const auto error = writer->take_error()) fmt::print(stderr, "{}\n", format_error(*error));
    const auto now = std::chrono::steady_clock::now();
    history.emplace_back(now, put);
    for (const auto& [time, count] : history) {
      if (now - time > kSlowness * (1s + 2 * stall)) progress.second_ago = count;
    }
    progress.put = put;
    std::this_thread::sleep_for(50ms);
    stall = std::max(stall, std::chrono::steady_clock::now() - now - 50ms);
  }
}

// Printed, so that a failure can be repeated: CONNTRAIL_TEST_SEED=N.
std::uint32_t seed() {
  const char* const wanted = std::getenv("CONNTRAIL_TEST_SEED");
  const std::uint32_t value =
      wanted != nullptr ? static_cast<std::uint32_t>(std::stoul(wanted)) : std::random_device{}();
  fmt::print("CONNTRAIL_TEST_SEED={}\n", value);
  return value;
}

TEST(HistoryCrash, KilledAtAnyMomentNothingOlderThanASecondIsMissing) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  void* const shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& progress = *new (shared) Progress;
  std::mt19937 random(seed());
  std::uint64_t expected = 0;
  constexpr int kRounds = 10;
  for (int round = 1; round <= kRounds; ++round) {
    progress.put = progress.second_ago = 0;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_forever(path, static_cast<std::uint64_t>(round), progress);
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (progress.put == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
    ASSERT_GT(progress.put, 0U);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2'000'000));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    const std::uint64_t certain = progress.second_ago;
    const std::uint64_t most = progress.put + kPortion;
    const std::string found =
        sqlite3(path, fmt::format("SELECT count(*) FROM connection WHERE run = {}", round));
    EXPECT_GE(std::stoull(found), certain) << "round " << round;
    EXPECT_LE(std::stoull(found), most);
    EXPECT_EQ(sqlite3(path, "PRAGMA integrity_check"), "ok");
    expected += std::stoull(found);
  }
  munmap(shared, sizeof(Progress));
  // The next one marks the last gap; the summaries have followed every row.
  auto run = run_at_noon();
  run.started = mono_now();
  const auto writer = open_writer(path, run);
  expect_finish(*writer, mono_now());
  const HistoryReader reader = open_reader(path);
  EXPECT_EQ(reader.gaps({}, {})->size(), static_cast<std::size_t>(kRounds));
  const auto groups = reader.group({}, GroupKey::remote_addr);
  ASSERT_TRUE(groups);
  std::uint64_t counted = 0;
  for (const Group& group : *groups) counted += group.connections;
  EXPECT_EQ(counted, expected);
  EXPECT_EQ(std::to_string(counted),
            sqlite3(path, "SELECT sum(connections) FROM summary WHERE dimension = 1"));
}

// A small file system of the test's own; only root can make one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    mkdir(path.c_str(), 0755);
    mounted_ = mount("tmpfs", path.c_str(), "tmpfs", 0, "size=12m") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  void enlarge() const { mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT, "size=128m"); }
  [[nodiscard]] bool make_read_only() const {
    return mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST(HistoryCrash, AFullDiskIsToldAndOutlived) {
  const Directory directory;
  const SmallDisk disk(directory.file("disk"));
  if (geteuid() != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  ASSERT_TRUE(disk.mounted());
  const std::string path = directory.file("disk/h.db");
  const auto run = run_at_noon();
  const auto writer = open_writer(path, run);
  const std::string filler = directory.file("disk/filler");
  std::ofstream(filler) << std::string(7 << 20, 'x');
  // Lives when the disk fills; its end will be dropped.
  Connection victim;
  victim.id = 5'000'000;
  victim.opened = kNoon;
  victim.state = TcpState::established;
  writer->put(victim, kNoon);
  writer->flush();
  Crowd crowd(1, kNoon, kSecond);
  std::uint64_t put = 0;
  MonoTime now = kNoon;
  const auto put_some = [&](int count) {
    for (int i = 0; i < count; ++i, ++put) writer->put(crowd.next(), now);
    now = now + kSecond;
    writer->flush();
  };
  std::optional<Error> error;
  for (int i = 0; i < 100 && !error; ++i) {
    put_some(2000);
    error = writer->take_error();
  }
  ASSERT_TRUE(error) << "the disk never filled";
  EXPECT_THAT(format_error(*error), AllOf(HasSubstr(path), HasSubstr("full"), HasSubstr("--max-size")));
  // More than it keeps.
  while (writer->totals().rows_dropped == 0 && put < 1'000'000) put_some(20'000);
  EXPECT_GT(writer->totals().rows_dropped, 0U);
  EXPECT_FALSE(writer->take_error()) << "told once";
  victim.gone = victim.ended = true;
  writer->put(victim, now);
  const std::uint64_t dropped = writer->totals().rows_dropped;
  EXPECT_EQ(sqlite3(path, "SELECT gap, ended FROM connection WHERE id = 5000000"), "0|0");
  EXPECT_EQ(sqlite3(path, "SELECT count(*) FROM gap"), "0");
  std::filesystem::remove(filler);
  disk.enlarge();
  writer->flush();  // what was kept
  writer->flush();  // what is known of the rest
  EXPECT_FALSE(writer->take_error());
  EXPECT_EQ(writer->totals().rows_dropped, dropped);
  EXPECT_EQ(sqlite3(path, "SELECT gap, ended FROM connection WHERE id = 5000000"), "1|0");
  EXPECT_EQ(sqlite3(path, "SELECT count, cause FROM gap"), fmt::format("{}|disk full", dropped));
  EXPECT_TRUE(open_reader(path).living("boot-a")->empty());
  EXPECT_EQ(sqlite3(path, "SELECT count(*) FROM connection"), std::to_string(1 + put + 1 - dropped));
  expect_finish(*writer, now);
  EXPECT_EQ(sqlite3(path, "PRAGMA integrity_check"), "ok");
}

TEST(HistoryCrash, AfterAFullDiskEverythingKeptIsWritten) {
  const Directory directory;
  const SmallDisk disk(directory.file("disk"));
  if (geteuid() != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  ASSERT_TRUE(disk.mounted());
  const std::string path = directory.file("disk/h.db");
  const auto run = run_at_noon();
  const auto writer = open_writer(path, run);
  const std::string filler = directory.file("disk/filler");
  {
    std::ofstream file(filler);
    file << std::string((12 << 20) - (200 << 10), 'x');
  }
  Crowd crowd(1, kNoon, kSecond);
  for (int i = 0; i < 5000; ++i) writer->put(crowd.next(), kNoon + kSecond);
  writer->flush();
  EXPECT_TRUE(writer->take_error());
  std::filesystem::remove(filler);
  writer->flush();
  EXPECT_FALSE(writer->take_error());
  EXPECT_EQ(writer->totals().rows_dropped, 0U);
  expect_finish(*writer, kNoon + 2 * kSecond);
  EXPECT_EQ(sqlite3(path, "SELECT count(*) FROM connection; PRAGMA integrity_check"), "5000\nok");
}

TEST(HistoryCrash, ReadOnlyPlaces) {
  const Directory directory;
  const SmallDisk disk(directory.file("disk"));
  if (geteuid() != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  ASSERT_TRUE(disk.mounted());
  const std::string path = directory.file("disk/h.db");
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(Crowd(1, kNoon, kSecond).next(), kNoon);
    expect_finish(*writer, kNoon);
  }
  ASSERT_TRUE(disk.make_read_only());
  WriterOptions options;
  options.path = path;
  const auto writer = HistoryWriter::open(options, run_at_noon());
  ASSERT_FALSE(writer);
  EXPECT_THAT(format_error(writer.error()),
              AllOf(HasSubstr(path), HasSubstr("Read-only file system"), HasSubstr("--db")));
  options.path = directory.file("disk/sub/h.db");
  const auto deeper = HistoryWriter::open(options, run_at_noon());
  ASSERT_FALSE(deeper);
  EXPECT_THAT(format_error(deeper.error()), HasSubstr("Read-only file system"));
  // It can be read all the same.
  EXPECT_EQ(all_records(open_reader(path)).size(), 1U);
}

// How many records another user finds; -1 when that fails.
int records_as_nobody(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(255);
    const auto reader = HistoryReader::open(path);
    if (!reader) _exit(254);
    int count = 0;
    const auto done =
        reader->for_each({}, SortKey::id, false, [&](const HistoryRecord&) { return ++count < 200; });
    _exit(done ? count : 253);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status) < 253 ? WEXITSTATUS(status) : -1;
}

TEST(HistoryCrash, AnotherUserReadsWhileItIsWritten) {
  if (geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  const Directory directory;
  directory.open_to_all();
  const std::string path = directory.file("h.db");
  const auto writer = open_writer(path, run_at_noon());
  Crowd crowd(1, kNoon, kSecond);
  for (int i = 1; i <= 3; ++i) {
    writer->put(crowd.next(), kNoon);
    writer->flush();
    EXPECT_EQ(records_as_nobody(path), i);
  }
  expect_finish(*writer, kNoon);
}

TEST(HistoryCrash, AnotherUserReadsWhatIsFinished) {
  if (geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  const Directory directory;
  directory.open_to_all();
  const std::string path = directory.file("h.db");
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(Crowd(1, kNoon, kSecond).next(), kNoon);
    expect_finish(*writer, kNoon);
  }
  EXPECT_EQ(records_as_nobody(path), 1);
}

TEST(HistoryCrash, ReadOnlyPlaceWithALog) {
  const Directory directory;
  const SmallDisk disk(directory.file("disk"));
  if (geteuid() != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  ASSERT_TRUE(disk.mounted());
  const std::string path = directory.file("h.db");
  const auto writer = open_writer(path, run_at_noon());
  writer->put(Crowd(1, kNoon, kSecond).next(), kNoon);
  writer->flush();
  for (const char* const suffix : {"", "-wal"})
    std::filesystem::copy_file(path + suffix, directory.file("disk/h.db") + suffix);
  ASSERT_TRUE(disk.make_read_only());
  const auto reader = HistoryReader::open(directory.file("disk/h.db"));
  ASSERT_FALSE(reader);
  EXPECT_THAT(format_error(reader.error()), HasSubstr("copy both files"));
  expect_finish(*writer, kNoon);
}

// Every public question, for a file that may hold anything.
void ask_everything(const std::string& path) {
  auto reader = HistoryReader::open(path);
  if (!reader) return;
  for (const bool descending : {true, false}) {
    (void)reader->for_each({}, SortKey::duration, descending, [](const HistoryRecord& record) {
      return !json_of(record.connection, record.clock, record.seen).empty();
    });
    (void)reader->top({}, SortKey::opened, descending, 50);
  }
  (void)reader->group({}, GroupKey::remote_addr);
  (void)reader->group({}, GroupKey::local_port);
  (void)reader->latest();
  (void)reader->find(3);
  (void)reader->find({}, {*IpAddress::parse("10.1.0.7"), 0}, 5);
  (void)reader->living("boot-a");
  (void)reader->gaps({}, {});
  if (const auto runs = reader->runs()) {
    for (const Run& run : *runs) (void)reader->samples(run, {}, {});
  }
}

class DamagedFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto writer = open_writer(path(), run_at_noon());
    Crowd crowd(1, kNoon, 5000 * kSecond);
    for (int i = 0; i < 2000; ++i) writer->put(crowd.next(), kNoon);
    HostSample sample;
    sample.time = kNoon;
    sample.values = {{"Tcp.ActiveOpens", 1}};
    writer->put(sample);
    expect_finish(*writer, kNoon);
  }
  [[nodiscard]] std::string path() const { return directory_.file("h.db"); }
  Directory directory_;
};

TEST_F(DamagedFile, AnyBytesMayBeWrong) {
  std::string good;
  {
    std::ifstream file(path(), std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    std::string bad = good;
    if (round % 10 == 0) bad.resize(random() % bad.size());
    const int places = 1 + static_cast<int>(random() % 200);
    // Beyond the first hundred bytes, or it would not be a database at all.
    for (int i = 0; i < places && bad.size() > 200; ++i)
      bad[100 + random() % (bad.size() - 100)] = static_cast<char>(random());
    const std::string file = directory_.file("bad.db");
    std::ofstream(file, std::ios::binary) << bad;
    ask_everything(file);
  }
}

TEST_F(DamagedFile, ValuesThatNoRecorderWrites) {
  const std::vector<std::string> changes{
      "UPDATE record SET flags = -1",
      "UPDATE record SET flags = 15",
      "UPDATE record SET base = 9223372036854775807",
      "UPDATE record SET base = -9223372036854775807",
      "UPDATE record SET opened = 9223372036854775807",
      "UPDATE record SET seen = -9223372036854775807",
      "UPDATE record SET local_port = 65536",
      "UPDATE record SET remote_addr = 'x'",
      "UPDATE record SET pid = -1",
      "UPDATE record SET error = 99999",
      "UPDATE record SET trail = '[12,0]'",
      "UPDATE record SET trail = '[1,9223372036854775807]'",
      "UPDATE record SET trail = '[1,0'",
      "UPDATE record SET trail = '[1,288230376151711743,2,288230376151711743]'",
      "UPDATE record SET more = '{\"holders\":[[-1,0,\"\"]]}'",
      "UPDATE record SET more = '{\"trail_left\":[1]}'",
      "UPDATE record SET more = '{\"unheard_of\":1}'",
      "UPDATE record SET bytes_sent = 'text'",
      "UPDATE program SET netns = id * 4294967296",
      "UPDATE run SET clock_offset = -9223372036854775807",
  };
  std::size_t refused = 0;
  for (const std::string& change : changes) {
    const std::string file = directory_.file("bad.db");
    std::filesystem::copy_file(path(), file, std::filesystem::copy_options::overwrite_existing);
    change_by_sqlite3(file, change);
    const HistoryReader reader = open_reader(file);
    const auto found = reader.find(3);
    if (!found) {
      EXPECT_THAT(format_error(found.error()), HasSubstr("damaged"));
      ++refused;
    }
    ask_everything(file);
  }
  EXPECT_GE(refused, changes.size() - 2);
}

}  // namespace
}  // namespace conntrail::store
