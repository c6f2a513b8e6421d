// `--netns PID` means the namespace, not its inode number: the kernel gives that to the next one as soon as
// the first is gone.
#include <csignal>
#include <functional>
#include <optional>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

void connect_once() {
  Peer one("ct-one");
  Peer two("ct-two");
  const Pair pair = connect_pair(one, two, loopback(Flavour::v4));
  one.close(pair.client);
  two.read_end(pair.server);
  two.close(pair.server);
}

std::string path_of(const test::SleepingChild& child) {
  return "/proc/" + std::to_string(child.pid()) + "/ns/net";
}

// A namespace with a process that holds it.
class Inhabited {
 public:
  Inhabited() : child_([] { test::PrivateNamespace::enter_for_good(); }) {
    test::in_namespace(path_of(child_), [this] { id_ = test::current_namespace_id(); });
  }
  [[nodiscard]] const NamespaceId& id() const { return id_; }
  [[nodiscard]] std::string pid() const { return std::to_string(child_.pid()); }
  void connect() const { test::in_namespace(path_of(child_), connect_once); }
  void end() { child_.stop(); }

 private:
  test::SleepingChild child_;
  NamespaceId id_;
};

std::size_t lines_of(Tool& tool, const NamespaceId& id) {
  return static_cast<std::size_t>(std::ranges::count_if(tool.lines(), [&](const Json& line) {
    return line.value("netns", 0U) == id.inode && line.value("netns_cookie", std::uint64_t{0}) == id.cookie;
  }));
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Makes namespaces until one has the number, and does `work` in that one. False: none got it.
bool in_namesake(const NamespaceId& gone, const std::function<void()>& work) {
  return eventually(
      [&] {
        const test::PrivateNamespace other;
        const NamespaceId id = test::current_namespace_id();
        if (id.inode != gone.inode) return false;
        EXPECT_NE(id.cookie, gone.cookie);
        work();
        return true;
      },
      std::chrono::seconds(30));
}

class NamespaceThatIsGone : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::is_root());
    if (first_.id().cookie == 0) GTEST_SKIP() << "this kernel has no SO_NETNS_COOKIE (Linux 5.14)";
  }

  // The lines of the one that stays come last: whatever the tool would print of another is printed then.
  void check(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = arguments;
    words.insert(words.end(), {"--netns", first_.pid(), "--netns", second_.pid()});
    Tool tool(words);
    tool.wait_ready();
    first_.connect();
    EXPECT_TRUE(eventually([&] { return lines_of(tool, first_.id()) >= 10; }, std::chrono::seconds(10)))
        << "the lines of the one that lives: " << tool.out();
    first_.end();
    // Where /proc does not show the whole host, nobody can tell the two apart.
    const std::string note = "network namespace " + std::to_string(first_.id().inode);
    EXPECT_TRUE(eventually([&] { return times(tool.err(), note) > 0; }, std::chrono::seconds(30)))
        << tool.err();
    ASSERT_TRUE(in_namesake(first_.id(), connect_once)) << "no namespace got the number again";
    const std::size_t before = lines_of(tool, second_.id());
    second_.connect();
    EXPECT_TRUE(
        eventually([&] { return lines_of(tool, second_.id()) >= before + 10; }, std::chrono::seconds(10)))
        << tool.out();
    pause_for(std::chrono::seconds(2));  // for a second note
    EXPECT_EQ(tool.stop(SIGINT).status, 0) << tool.err();
    EXPECT_EQ(times(tool.err(), note + " is gone") + times(tool.err(), note + " cannot be found"), 1U)
        << tool.err();
    for (const Json& line : tool.lines()) {
      if (line.value("netns", 0U) != first_.id().inode) continue;
      EXPECT_EQ(line.value("netns_cookie", std::uint64_t{0}), first_.id().cookie) << line;
    }
  }

  Inhabited first_;
  Inhabited second_;
};

TEST_F(NamespaceThatIsGone, LeavesItsNumberButNotItsLines) { check({"trace", "--json"}); }

// Its time-wait sockets went with it, and whoever has its number proves it.
TEST_F(NamespaceThatIsGone, LeavesNoTimeWait) {
  Tool tool({"trace", "--json", "--netns", first_.pid()});
  tool.wait_ready();
  first_.connect();
  const auto left = [](const Json& line) {
    return line.value("type", "") == "transition" && line.value("from", "") == "TIME_WAIT";
  };
  const auto entered = [](const Json& line) {
    return line.value("type", "") == "transition" && line.value("to", "") == "TIME_WAIT";
  };
  ASSERT_TRUE(tool.saw(entered, std::chrono::seconds(10))) << tool.out();
  first_.end();
  EXPECT_TRUE(
      in_namesake(first_.id(), [&] { EXPECT_TRUE(tool.saw(left, std::chrono::seconds(30))) << tool.out(); }));
  EXPECT_EQ(tool.stop(SIGINT).status, 0) << tool.err();
}

}  // namespace
}  // namespace conntrail::live
