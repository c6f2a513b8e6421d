// Runs of recorders: how they end, what the next one finds, and what is refused.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "history/history_schema.h"
#include "history/sqlite.h"
#include "history_fixture.h"
#include "samples.h"

namespace conntrail::store {
namespace {

using namespace test;
using testing::HasSubstr;

constexpr Nanoseconds kSecond{1'000'000'000};

Connection living(std::uint64_t id, std::uint64_t cookie) {
  Connection c = view::samples::established_client();
  c.id = id;
  c.cookie = cookie;
  return c;
}

Connection ended(std::uint64_t id, std::uint64_t cookie) {
  Connection c = view::samples::syn_timeout();
  c.id = id;
  c.cookie = cookie;
  return c;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string refusal(const std::string& path) {
  WriterOptions options;
  options.path = path;
  const auto writer = HistoryWriter::open(options, run_at_noon());
  EXPECT_FALSE(writer);
  return writer ? "" : format_error(writer.error());
}

std::string read_refusal(const std::string& path) {
  const auto reader = HistoryReader::open(path);
  EXPECT_FALSE(reader);
  return reader ? "" : format_error(reader.error());
}

TEST(HistoryRuns, BetweenTwoRunsNobodyLooked) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  for (const std::int64_t start : {0, 100}) {
    auto run = run_at_noon();
    run.started = run.started + start * kSecond;
    const auto writer = open_writer(path, run);
    writer->put(ended(1, 7), run.started + kSecond);
    expect_finish(*writer, run.started + 2 * kSecond);
  }
  const HistoryReader reader = open_reader(path);
  const auto gaps = reader.gaps({}, {});
  ASSERT_EQ(gaps->size(), 1U);
  const WallClock clock = run_at_noon().clock;
  EXPECT_EQ(gaps->front().from_ns, clock.real_ns(kNoon + 2 * kSecond));
  EXPECT_EQ(gaps->front().to_ns, clock.real_ns(kNoon + 100 * kSecond));
  EXPECT_EQ(gaps->front().cause, "recorder stopped");
  const auto runs = reader.runs();
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ((*runs)[0].boot_id, "boot-a");
  EXPECT_EQ((*runs)[0].kernel, "6.18.0-test");
  EXPECT_EQ((*runs)[0].source, "events");
  EXPECT_EQ((*runs)[0].clock.offset_ns(), run_at_noon().clock.offset_ns());
  EXPECT_EQ((*runs)[0].started, kNoon);
  EXPECT_EQ((*runs)[0].last_commit, kNoon + 2 * kSecond);
  EXPECT_TRUE((*runs)[0].clean_end);
  // Ids go on where the first run ended.
  const auto records = all_records(reader);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].connection.id, 1U);
  EXPECT_EQ(records[1].connection.id, 2U);
  EXPECT_EQ(records[1].run, 2);
}

TEST(HistoryRuns, TheNextRunOfThisBootContinuesWhatLives) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(ended(1, 70), kNoon + kSecond);
    writer->put(living(2, 71), kNoon + kSecond);
    writer->put(living(3, 72), kNoon + kSecond);
    expect_finish(*writer, kNoon + 2 * kSecond);
  }
  auto run = run_at_noon();
  run.started = kNoon + 10 * kSecond;
  run.clock = WallClock::with_offset(run.clock.offset_ns() + 5000);  // the wall clock was adjusted meanwhile
  const auto writer = open_writer(path, run);
  const std::vector<Connection>& remembered = writer->remembered();
  ASSERT_EQ(remembered.size(), 2U);
  EXPECT_EQ(remembered[0].cookie, 71U);
  EXPECT_EQ(remembered[0].opened, living(2, 71).opened);
  EXPECT_EQ(remembered[0].trail, living(2, 71).trail);
  EXPECT_FALSE(remembered[0].gap);

  Connection again = living(1, 71);  // the tracker counts from one again
  again.retransmits = 5;
  writer->put(again, kNoon + 11 * kSecond);
  writer->put(living(2, 99), kNoon + 11 * kSecond);
  Connection same_socket = living(3, 71);  // its next connection has its cookie, too
  same_socket.retransmits = 9;
  writer->put(same_socket, kNoon + 11 * kSecond);
  writer->flush();
  {
    const HistoryReader reader = open_reader(path);
    const auto records = all_records(reader);
    ASSERT_EQ(records.size(), 5U);
    EXPECT_EQ(records[1].connection.id, 2U);
    EXPECT_EQ(records[1].connection.retransmits, 5U);
    EXPECT_EQ(records[1].run, 2);
    EXPECT_EQ(records[3].connection.id, 5U);  // base 3 and the tracker's 2
    EXPECT_EQ(records[4].connection.id, 6U);
    EXPECT_EQ(records[4].connection.retransmits, 9U);
    // The one that was not continued is not of this run.
    const auto alive = reader.living("boot-a");
    ASSERT_EQ(alive->size(), 3U);
    EXPECT_EQ((*alive)[0].connection.cookie, 71U);
    EXPECT_EQ((*alive)[1].connection.cookie, 99U);
  }
  expect_finish(*writer, kNoon + 12 * kSecond);
}

TEST(HistoryRuns, AnotherClockIsAnotherRun) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  const WallClock old_clock = run_at_noon().clock;
  const WallClock new_clock = WallClock::with_offset(old_clock.offset_ns() + 3600 * kSecond.count());
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(ended(1, 70), kNoon + kSecond);
    writer->put(living(2, 71), kNoon + kSecond);
    writer->flush();
    writer->change_clock(new_clock);
    writer->put(living(2, 71), kNoon + 2 * kSecond);
    Connection late = ended(1, 70);  // something came after its end
    late.retransmits = 9;
    writer->put(late, kNoon + 2 * kSecond);
    writer->put(ended(3, 72), kNoon + 2 * kSecond);
    writer->flush();
    const HistoryReader reader = open_reader(path);
    const auto runs = reader.runs();
    ASSERT_EQ(runs->size(), 2U);
    EXPECT_TRUE((*runs)[0].clean_end);
    EXPECT_FALSE((*runs)[1].clean_end);
    EXPECT_EQ((*runs)[1].boot_id, "boot-a");
    EXPECT_EQ((*runs)[1].clock.offset_ns(), new_clock.offset_ns());
    ASSERT_EQ(reader.living("boot-a")->size(), 1U);
    const auto records = all_records(reader);
    ASSERT_EQ(records.size(), 3U) << "each in its own row still";
    EXPECT_EQ(records[0].connection.retransmits, 9U);
    for (const HistoryRecord& record : records) {
      EXPECT_EQ(record.run, 2);
      EXPECT_EQ(record.clock.offset_ns(), new_clock.offset_ns());
    }
    EXPECT_EQ(records[1].connection.opened, living(2, 71).opened) << "the same moment of this boot";
    EXPECT_EQ(records[2].connection.id, 3U);
  }  // killed
  auto run = run_at_noon();
  run.clock = new_clock;
  run.started = kNoon + 100 * kSecond;
  const auto writer = open_writer(path, run);
  ASSERT_EQ(writer->remembered().size(), 1U);
  EXPECT_EQ(sqlite3(path, "SELECT run FROM gap"), "2");
  EXPECT_EQ(sqlite3(path, "SELECT id FROM connection WHERE gap AND NOT ended"), "2");
  expect_finish(*writer, run.started);
}

TEST(HistoryRuns, AKilledRunLeavesAGap) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(living(1, 71), kNoon + kSecond);
    writer->put(ended(2, 72), kNoon + kSecond);
  }  // without finish()
  auto run = run_at_noon();
  run.started = kNoon + 100 * kSecond;
  const auto writer = open_writer(path, run);
  ASSERT_EQ(writer->remembered().size(), 1U);
  EXPECT_TRUE(writer->remembered()[0].gap);
  const HistoryReader reader = open_reader(path);
  const auto gaps = reader.gaps({}, {});
  ASSERT_EQ(gaps->size(), 1U);
  EXPECT_EQ((*gaps)[0].cause, "recorder killed");
  EXPECT_GE((*gaps)[0].from_ns, run.clock.real_ns(kNoon + kSecond));
  EXPECT_LE((*gaps)[0].from_ns, run.clock.real_ns(kNoon + 2 * kSecond));
  EXPECT_EQ((*gaps)[0].to_ns, run.clock.real_ns(run.started));
  EXPECT_EQ(sqlite3(path, "SELECT run FROM gap"), "1");
  EXPECT_EQ(sqlite3(path, "SELECT id, gap FROM connection ORDER BY id"), "1|1\n2|1");  // 2 had one before
  EXPECT_TRUE(reader.gaps((*gaps)[0].to_ns + 1, {})->empty());
  EXPECT_TRUE(reader.gaps({}, (*gaps)[0].from_ns)->empty());
  expect_finish(*writer, run.started);
}

TEST(HistoryRuns, AnotherBootRemembersNothing) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(living(1, 71), kNoon + kSecond);
  }
  auto run = run_at_noon("boot-b");
  run.started = kNoon + 5000 * kSecond;
  const auto writer = open_writer(path, run);
  EXPECT_TRUE(writer->remembered().empty());
  const HistoryReader reader = open_reader(path);
  EXPECT_EQ(reader.gaps({}, {})->front().cause, "host restarted");
  EXPECT_TRUE(reader.living("boot-b")->empty());
  EXPECT_TRUE(reader.living("boot-a")->empty());
  // It is counted where it was last seen.
  const auto groups = reader.group({}, GroupKey::comm);
  ASSERT_EQ(groups->size(), 1U);
  EXPECT_EQ(groups->front().connections, 1U);
  EXPECT_EQ(sqlite3(path, "SELECT ended, gone, gap FROM connection"), "0|0|1");
  // The same cookie is another connection now.
  writer->put(ended(1, 71), run.started + kSecond);
  expect_finish(*writer, run.started + 2 * kSecond);
  EXPECT_EQ(all_records(reader).size(), 2U);
}

// Between two commits a connection is put as often as something happens to it.
TEST(HistoryRuns, TheNewestVersionIsWritten) {
  const Directory directory;
  const auto writer = open_writer(directory.file("h.db"), run_at_noon());
  writer->put(living(1, 70), kNoon + kSecond);
  writer->put(living(2, 71), kNoon + kSecond);
  Connection newer = ended(1, 70);
  newer.retransmits = 5;
  constexpr std::uint64_t kVersions = 50;
  for (std::uint64_t i = 0; i < kVersions; ++i) writer->put(newer, kNoon + 2 * kSecond);
  writer->flush();
  EXPECT_LT(writer->totals().rows_written, kVersions) << "a commit or two may fall between them";
  const auto records = all_records(open_reader(directory.file("h.db")));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_TRUE(records[0].connection.gone);
  EXPECT_EQ(records[0].connection.retransmits, 5U);
  expect_finish(*writer, kNoon + 3 * kSecond);
}

TEST(HistoryRuns, SettledOnceMore) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  const auto writer = open_writer(path, run_at_noon());
  Crowd crowd(3, kNoon, 100 * kSecond);
  std::vector<Connection> all;
  for (int i = 0; i < 300; ++i) all.push_back(crowd.next());
  for (const Connection& c : all) writer->put(c, c.closed);
  writer->flush();
  // Late news: the longest becomes the shortest, its owner and its bytes are others.
  const HistoryReader reader = open_reader(path);
  const auto longest = reader.top({}, SortKey::duration, true, 1);
  Connection changed = longest->front().connection;
  changed.opened = changed.closed - Nanoseconds(1);
  changed.owner.comm = "someone-else";
  changed.owner.pid = 4242;
  changed.stats = SocketStats{};
  changed.stats->bytes_sent = 1ULL << 50U;
  writer->put(changed, changed.closed);
  writer->flush();
  const auto groups = reader.group({}, GroupKey::comm);
  const auto sum =
      sqlite3(path, "SELECT coalesce(comm, ''), count(*) FROM connection GROUP BY 1 ORDER BY 2 DESC, 1");
  std::string found;
  for (const Group& group : *groups)
    found += fmt::format("{}{}|{}", found.empty() ? "" : "\n", group.value, group.connections);
  EXPECT_EQ(found, sum);
  for (const bool descending : {true, false}) {
    const auto top = reader.top({}, SortKey::duration, descending, 100);
    std::string ids;
    for (const HistoryRecord& record : *top)
      ids += fmt::format("{}{}", ids.empty() ? "" : "\n", record.connection.id);
    const std::string direction = descending ? "DESC" : "ASC";
    EXPECT_EQ(ids, sqlite3(path, fmt::format("SELECT id FROM connection ORDER BY duration_us IS NULL,"
                                             " duration_us {0}, id {0} LIMIT 100",
                                             direction)));
  }
  EXPECT_EQ(reader.top({}, SortKey::bytes_sent, true, 1)->front().connection.id, changed.id);
  expect_finish(*writer, kNoon + 200 * kSecond);
}

TEST(HistoryRuns, OneRecorderPerDatabase) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  const auto writer = open_writer(path, run_at_noon());
  EXPECT_THAT(refusal(path),
              AllOf(HasSubstr(path), HasSubstr(fmt::format("process {}", getpid())), HasSubstr("--db")));
  expect_finish(*writer, kNoon);
}

TEST(HistoryRuns, WhatIsNotOursIsLeftAlone) {
  const Directory directory;
  const std::string text = directory.file("notes.txt");
  std::ofstream(text) << std::string(5000, 'x');
  const std::string before = contents(text);
  EXPECT_THAT(refusal(text), HasSubstr("not a database"));
  EXPECT_THAT(read_refusal(text), HasSubstr("not a database"));
  EXPECT_EQ(contents(text), before);

  const std::string other = directory.file("other.db");
  {
    auto database = Database::open(other, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, other);
    ASSERT_TRUE(database->execute("CREATE TABLE mine(a)"));
  }
  const std::string mine = contents(other);
  EXPECT_THAT(refusal(other), HasSubstr("another program"));
  EXPECT_THAT(read_refusal(other), HasSubstr("another program"));
  EXPECT_EQ(contents(other), mine);
  EXPECT_FALSE(std::filesystem::exists(other + ".lock"));

  EXPECT_THAT(refusal(directory.file("")), HasSubstr("not a regular file"));
  EXPECT_THAT(read_refusal(directory.file("none.db")), HasSubstr("conntrail record"));
  std::ofstream(directory.file("empty.db")).flush();
  EXPECT_THAT(read_refusal(directory.file("empty.db")), HasSubstr("empty"));
  const auto writer = open_writer(directory.file("empty.db"), run_at_noon());  // an empty file may become one
  expect_finish(*writer, kNoon);
}

TEST(HistoryRuns, ANewerSchemaIsRefused) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  expect_finish(*open_writer(path, run_at_noon()), kNoon);
  {
    auto database = Database::open(path, SQLITE_OPEN_READWRITE, path);
    ASSERT_TRUE(database->execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion + 1)));
  }
  const std::string before = contents(path);
  const std::string expected =
      fmt::format("schema {}; this one knows up to {}", kSchemaVersion + 1, kSchemaVersion);
  EXPECT_THAT(refusal(path), AllOf(HasSubstr("newer conntrail"), HasSubstr(expected)));
  EXPECT_THAT(read_refusal(path), AllOf(HasSubstr("newer conntrail"), HasSubstr(expected)));
  EXPECT_EQ(contents(path), before);
}

TEST(HistoryRuns, StepsOfTheSchemaAreTakenInOrderAndOnce) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  auto database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, path);
  const std::vector<Migration> one{
      {1,
       "CREATE TABLE schema_version(version); INSERT INTO schema_version VALUES(0);"
       "CREATE TABLE t(a); INSERT INTO t VALUES(1)"}};
  ASSERT_TRUE(migrate(*database, one));
  std::vector<Migration> three = one;
  three.push_back({2, "ALTER TABLE t ADD COLUMN b; UPDATE t SET b = a + 1"});
  three.push_back({3, "INSERT INTO t SELECT a + 10, b FROM t"});
  ASSERT_TRUE(migrate(*database, three));
  ASSERT_TRUE(migrate(*database, three));
  EXPECT_EQ(sqlite3(path, "SELECT a, b FROM t; SELECT version FROM schema_version; PRAGMA user_version"),
            "1|2\n11|2\n3\n3");
  // A step that fails leaves the version before it.
  three.push_back({4, "INSERT INTO t VALUES(99, 99); SELECT nonsense FROM nowhere"});
  EXPECT_FALSE(migrate(*database, three));
  EXPECT_EQ(sqlite3(path, "SELECT count(*) FROM t; PRAGMA user_version"), "2\n3");
}

TEST(HistoryRuns, GapsAndSamplesComeBack) {
  const Directory directory;
  const std::string path = directory.file("h.db");
  const auto run = run_at_noon();
  const auto writer = open_writer(path, run);
  writer->put(Gap{5, 9, 77, "events lost"});
  std::vector<HostSample> samples;
  for (int i = 0; i < 150; ++i) {
    HostSample sample;
    sample.time = kNoon + i * kSecond;
    sample.netns = i % 2 == 0 ? 4026531840U : 4026532999U;
    sample.values = {{"Tcp.ActiveOpens", i / 7}, {"TcpExt.TCPTimeWaitOverflow", 3}, {"sockstat.TCP.tw", -i}};
    if (i % 20 < 10) sample.values.push_back({"sysctl.tcp_tw_reuse", 2});
    if (i > 40) {
      ListenerSample listener;
      listener.cookie = 17;
      listener.local = {*IpAddress::parse("::"), 443};
      listener.family = Family::inet6;
      listener.accept_queue = static_cast<std::uint32_t>(i / 30);
      listener.backlog = 128;
      listener.drops = 4294967295;
      listener.owner = {812, 33, 9000, "nginx\xff", OwnerSource::fd, true};
      sample.listeners.push_back(listener);
    }
    samples.push_back(sample);
    writer->put(sample);
  }
  expect_finish(*writer, kNoon + 200 * kSecond);
  const HistoryReader reader = open_reader(path);
  const auto gaps = reader.gaps({}, {});
  ASSERT_EQ(gaps->size(), 1U);
  EXPECT_EQ(gaps->front().count, 77U);
  const auto stored = reader.runs()->front();
  const auto all = reader.samples(stored, {}, {});
  ASSERT_TRUE(all) << format_error(all.error());
  EXPECT_EQ(*all, samples);
  const auto some = reader.samples(stored, run.clock.real_ns(kNoon + 100 * kSecond),
                                   run.clock.real_ns(kNoon + 110 * kSecond));
  EXPECT_EQ(*some, std::vector<HostSample>(samples.begin() + 100, samples.begin() + 110));
  // Only what changed is written, in full once a minute.
  EXPECT_EQ(sqlite3(path, "SELECT count(*) FROM host_sample WHERE whole"), "6");
  EXPECT_EQ(sqlite3(path, "SELECT \"values\" FROM host_sample WHERE id = 3"), "{\"sockstat.TCP.tw\":-2}");
}

}  // namespace
}  // namespace conntrail::store
