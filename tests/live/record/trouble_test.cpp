// The recorder is killed, the disk is full, the disk may not be written: the database stays whole, and what
// is missing is what the documentation says.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "command.h"
#include "conntrail/base/clock.h"
#include "recorded.h"

namespace conntrail::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Trouble : public Recorded {
 protected:
  [[nodiscard]] std::string integrity() const {
    return test::run_command({"sqlite3", database(), "PRAGMA integrity_check"}).out;
  }
};

struct Closed {
  std::uint64_t cookie = 0;
  std::uint64_t at = 0;  // CLOCK_MONOTONIC
};

// A file system of its own, in memory, that nobody else sees, and that goes with the test.
class OwnDisk : public Trouble {
 protected:
  explicit OwnDisk(const char* size) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("conntrail-test", directory.path().c_str(), "tmpfs", 0, size) != 0)
      throw std::runtime_error(std::string("no file system for the test: ") + std::strerror(errno));
  }
  ~OwnDisk() override {
    recorder.reset();
    umount2(directory.path().c_str(), MNT_DETACH);
  }
  void remount(unsigned long flags, const char* options) const {
    ASSERT_EQ(mount("conntrail-test", directory.path().c_str(), "tmpfs", MS_REMOUNT | flags, options), 0)
        << std::strerror(errno);
  }
  [[nodiscard]] std::size_t said(std::string_view text) const {
    const std::string all = recorder->err();
    std::size_t count = 0;
    for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }
};

class SmallDisk : public OwnDisk {
 protected:
  SmallDisk() : OwnDisk("size=1m") {}
};

// What a killed process has written stays, on a disk as in memory; a disk may keep a commit waiting while
// something else makes it busy.
class LargeDisk : public OwnDisk {
 protected:
  LargeDisk() : OwnDisk("size=1g") {}

  // How long before the kill the last commit was, in ms.
  [[nodiscard]] std::int64_t last_commit_before(std::uint64_t killed) const {
    const std::int64_t at = WallClock::measure().real_ns({static_cast<std::int64_t>(killed)});
    return (at - number("SELECT max(last_commit) FROM run")) / 1'000'000;
  }
};

// Five of these moments; more where somebody has the time (scripts/check-all: twenty, some three minutes).
int rounds() {
  const char* const wanted = std::getenv("CONNTRAIL_TEST_KILLS");
  return wanted != nullptr ? std::stoi(wanted) : 5;
}

TEST_F(LargeDisk, KilledAtRandomMomentsUnderLoad) {
  const int rounds_wanted = rounds();
  // The second holds where the recorder gets a processor, also beside another test.
  constexpr std::uint64_t kMayBeLost = 1'000'000'000;
  ASSERT_EQ(setpriority(PRIO_PROCESS, 0, -15), 0);
  std::minstd_rand random(4711);
  std::uniform_int_distribution<int> moment(2300, 3300);
  Peer crowd{"ct-crowd"};
  const int listening = server.listen(loopback(Flavour::v4));
  std::size_t checked = 0;
  for (int round = 0; round < rounds_wanted; ++round) {
    record();
    std::vector<Closed> closed;
    const std::uint64_t until = monotonic_ns() + static_cast<std::uint64_t>(moment(random)) * 1'000'000;
    while (monotonic_ns() < until) {
      churn(crowd, 100, ChurnEnd::reset);
      const Pair pair = one_connection(listening);
      closed.push_back({pair.server_facts.cookie, monotonic_ns()});
      // Some 4 000 connections, 8 000 rows a second.
      pause_for(milliseconds(20));
    }
    const std::uint64_t killed = monotonic_ns();
    stop_recording(SIGKILL);
    ASSERT_EQ(integrity(), "ok\n") << "round " << round;
    for (const Closed& connection : closed) {
      if (connection.at + kMayBeLost > killed) continue;
      ++checked;
      const Json row = row_of(connection.cookie);
      ASSERT_FALSE(row.is_null()) << "round " << round << ": closed " << (killed - connection.at) / 1'000'000
                                  << " ms before the kill, the last commit " << last_commit_before(killed)
                                  << " ms";
      EXPECT_EQ(row["gone"], 1) << row;
    }
  }
  EXPECT_GE(checked, 20U * static_cast<std::size_t>(rounds_wanted))
      << "too little was looked at to prove anything";
  EXPECT_EQ(number("SELECT count(*) FROM gap WHERE cause = 'recorder killed'"), rounds_wanted - 1);
}

TEST_F(SmallDisk, FullAndWithRoomAgain) {
  Peer crowd{"ct-crowd"};
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair early = one_connection(listening);
  for (int i = 0; i < 40 && said("full") == 0; ++i) {
    churn(crowd, 1000, ChurnEnd::reset);
    pause_for(milliseconds(200));
  }
  ASSERT_EQ(said("full"), 1U) << recorder->err();
  const Pair while_full = one_connection(listening);
  pause_for(seconds(2));
  EXPECT_EQ(said("full"), 1U) << "told once\n" << recorder->err();
  EXPECT_TRUE(recorder->running());
  EXPECT_EQ(integrity(), "ok\n");
  EXPECT_EQ(row_of(early.server_facts.cookie)["gone"], 1);

  remount(0, "size=64m");
  EXPECT_TRUE(eventually([&] { return said("takes records again") == 1; }, seconds(10))) << recorder->err();
  EXPECT_TRUE(row_becomes(while_full.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  stop_recording();
  EXPECT_EQ(integrity(), "ok\n");
}

TEST_F(SmallDisk, StillFullAtTheEnd) {
  Peer crowd{"ct-crowd"};
  record();
  for (int i = 0; i < 40 && said("full") == 0; ++i) {
    churn(crowd, 1000, ChurnEnd::reset);
    pause_for(milliseconds(200));
  }
  ASSERT_EQ(said("full"), 1U) << recorder->err();
  const Finished finished = recorder->stop(SIGTERM);
  EXPECT_EQ(finished.status, 2) << finished.err;
  EXPECT_EQ(integrity(), "ok\n");
}

// The last rows of a run wait for room, but not for a disk that has none.
TEST_F(SmallDisk, StillFullAtTheEndOfALargeTable) {
  Peer crowd{"ct-crowd"};
  record({"--ring-size", "64M"});
  churn(crowd, 70'000, ChurnEnd::fin);
  ASSERT_EQ(said("full"), 1U) << recorder->err();
  const Finished finished = recorder->stop(SIGTERM, seconds(20));
  EXPECT_EQ(finished.status, 2) << finished.err;
  EXPECT_EQ(integrity(), "ok\n");
}

TEST_F(SmallDisk, ReadOnly) {
  remount(MS_RDONLY, nullptr);
  const ToolRun refused = run_tool({"record", "--db", database(), "--netns", "self", "--for", "1s"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.err.find("Read-only file system"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find(database()), std::string::npos) << refused.err;
}

TEST_F(SmallDisk, BecomesReadOnly) {
  const int listening = server.listen(loopback(Flavour::v4));
  record();
  const Pair before = one_connection(listening);
  ASSERT_TRUE(row_becomes(before.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
  // What is open for writing keeps a file system from being remounted: the recorder must let it be a reader.
  stop_recording();
  remount(MS_RDONLY, nullptr);
  const ToolRun history = run_tool({"history", "--db", database(), "--json"}, true);
  EXPECT_EQ(history.status, 0) << history.err;
  EXPECT_GE(history.lines.size(), 2U);
}

TEST_F(Trouble, AForeignFileIsLeftAlone) {
  std::ofstream(database()) << "this is a letter, not a database\n";
  const ToolRun record = run_tool({"record", "--db", database(), "--netns", "self", "--for", "1s"});
  EXPECT_NE(record.status, 0);
  EXPECT_NE(record.err.find(database()), std::string::npos) << record.err;
  EXPECT_EQ(test::read_file(database()), "this is a letter, not a database\n");
}

}  // namespace
}  // namespace conntrail::live
