// Connections in a network namespace that no process as a whole is in: they live, and are told so.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "cli_scenario.h"
#include "sockets.h"

namespace conntrail::live {
namespace {

enum class Keeper { thread, descriptor, socket };

// What a child tells the test.
struct Told {
  std::uint32_t inode = 0;
  std::uint64_t client = 0;
  std::uint64_t server = 0;
};

// Memory that parent and child share.
class SharedTold {
 public:
  SharedTold()
      : told_(static_cast<Told*>(
            ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (told_ == MAP_FAILED) std::abort();
  }
  ~SharedTold() { ::munmap(told_, sizeof(Told)); }
  SharedTold(const SharedTold&) = delete;
  SharedTold& operator=(const SharedTold&) = delete;
  Told* operator->() const { return told_; }

 private:
  Told* told_;
};

// Makes a connection in a new namespace; both ends stay open as long as the process lives.
void connect_in_new_namespace(const SharedTold& told) {
  static test::Link link;
  test::PrivateNamespace::enter_for_good();
  told->inode = test::current_namespace();
  link = test::make_link(test::Flavour::inet);
  told->client = test::cookie_of(link.client.get());
  told->server = test::cookie_of(link.server.get());
}

// A thread of this process goes into a new namespace; what keeps it then is chosen.
void hide(const SharedTold& told, Keeper keeper) {
  static std::atomic<bool> ready = false;
  std::thread thread([&told, keeper] {
    connect_in_new_namespace(told);
    static UniqueFd kept;
    if (keeper == Keeper::descriptor) kept.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    ready = true;
    while (keeper == Keeper::thread) ::pause();
  });
  while (!ready) std::this_thread::yield();
  if (keeper == Keeper::thread) {
    thread.detach();
  } else {
    thread.join();
  }
}

std::set<std::uint64_t> established(const std::vector<Json>& lines, std::uint32_t netns) {
  std::set<std::uint64_t> cookies;
  for (const Json& line : lines) {
    if (line.value("type", "") == "connection" && line.value("netns", 0U) == netns &&
        line.value("state", "") == "ESTABLISHED" && !line.value("ended", false))
      cookies.insert(line.value("cookie", std::uint64_t{0}));
  }
  return cookies;
}

class HiddenNamespace : public testing::TestWithParam<Keeper> {
 protected:
  [[nodiscard]] std::set<std::uint64_t> both_ends() const { return {told->client, told->server}; }
  test::PrivateNamespace net;
  SharedTold told;
  test::SleepingChild child{[this] { hide(told, GetParam()); }};
};

TEST_P(HiddenNamespace, ConnectionsAreListed) {
  const ToolRun list = run_tool({"list", "--json", "--no-history"}, true);
  EXPECT_EQ(established(list.lines, told->inode), both_ends()) << list.err;
}

TEST_P(HiddenNamespace, ConnectionsAreRecordedAsOpen) {
  const std::string database = "/tmp/conntrail-hidden-" + std::to_string(::getpid()) + ".db";
  const ToolRun record = run_tool({"record", "--db", database, "--for", "4s"});
  EXPECT_EQ(record.status, 0) << record.err;
  const ToolRun open = run_tool({"history", "--db", database, "--open", "--json"}, true);
  EXPECT_EQ(established(open.lines, told->inode), both_ends()) << open.err << record.err;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(database + suffix);
}

INSTANTIATE_TEST_SUITE_P(Keepers, HiddenNamespace,
                         testing::Values(Keeper::thread, Keeper::descriptor, Keeper::socket),
                         [](const testing::TestParamInfo<Keeper>& keeper) {
                           return keeper.param == Keeper::thread       ? "thread"
                                  : keeper.param == Keeper::descriptor ? "descriptor"
                                                                       : "socket";
                         });

// The control: a namespace that is gone took its sockets with it. Where a process may not be looked at (one
// of another sandbox), only another namespace that got its number proves that it is gone; else they expire by
// their timers, and that is a forecast.
TEST(DeletedNamespace, TookItsTimeWaitSocketsWithIt) {
  const test::PrivateNamespace net;
  Tool tool({"trace", "--json"});
  tool.wait_ready();
  const SharedTold told;
  {
    const test::SleepingChild child([&told] {
      test::PrivateNamespace::enter_for_good();
      test::Link link = test::make_link(test::Flavour::inet);
      told->client = test::cookie_of(link.client.get());
      link.client.reset();
      EXPECT_EQ(test::receive_text(link.server.get()), "");
    });
    const auto entered = [&](const Json& line) {
      return line.value("cookie", std::uint64_t{0}) == told->client && line.value("to", "") == "TIME_WAIT";
    };
    EXPECT_TRUE(tool.saw(entered, std::chrono::seconds(5))) << tool.out();
  }
  const auto gone = [&](const Json& line) {
    return line.value("cookie", std::uint64_t{0}) == told->client && line.value("from", "") == "TIME_WAIT";
  };
  const bool provable = ::access("/proc/1/ns/net", F_OK) == 0;
  EXPECT_TRUE(tool.saw(gone, std::chrono::seconds(provable ? 8 : 90))) << tool.out();
  for (const Json& line : tool.lines()) {
    if (!gone(line)) continue;
    const bool by_timer = line.value("after_us", 0.0) > 55e6;
    EXPECT_EQ(line.value("evidence", ""), by_timer ? "expected" : "confirmed") << line;
    EXPECT_TRUE(!by_timer || !provable) << line;
  }
  EXPECT_EQ(tool.stop(SIGINT).status, 0) << tool.err();
}

}  // namespace
}  // namespace conntrail::live
