// The owner is who holds the socket now, not who once called listen() or connect().
#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>

#include "owners_scenario.h"

namespace conntrail::live {
namespace {

int become_another(uid_t user) {
  return ::prctl(PR_SET_NAME, "ct-after", 0, 0, 0) == 0 ? ::setresuid(user, user, user) : -1;
}

// The recorder looks every second, or as often as that takes no more than a fiftieth of the time.
constexpr std::chrono::seconds kNextLook{60};

class HolderNow : public Owners {
 protected:
  HolderNow() {
    if (mkdtemp(directory.data()) == nullptr) std::abort();
  }
  ~HolderNow() override {
    recorder.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  void record() {
    recorder =
        std::make_unique<Tool>(std::vector<std::string>{"record", "--db", database(), "--netns", "self"});
    ASSERT_TRUE(eventually([&] { return recorder->err().find("recording to ") != std::string::npos; },
                           std::chrono::seconds(10)))
        << recorder->err();
  }
  [[nodiscard]] std::string database() const { return directory + "/history.db"; }
  bool recorded_as(std::uint64_t cookie, const std::string& wanted) {
    std::string last;
    const bool is = eventually(
        [&] {
          const ToolRun history =
              run_tool({"history", "--db", database(), "--open", "--listeners", "--json"}, true);
          last = owner_of(row_of(history.lines, cookie));
          return last == wanted;
        },
        kNextLook);
    if (!is) ADD_FAILURE() << "recorded as " << last << ", not as " << wanted;
    return is;
  }

  std::string directory = "/tmp/conntrail-owners-XXXXXX";
  std::unique_ptr<Tool> recorder;
};

// A daemon: it listens, forks to the background, and the process that listened ends. Handing the socket over
// is what fork() does, minus the fork.
TEST_F(HolderNow, DaemonWhileItIsRecorded) {
  record();
  auto starter = std::make_unique<Peer>("ct-starter", std::initializer_list<int>{left.get()});
  Peer daemon("ct-daemon", {right.get()});
  const int listening = starter->listen(loopback(Flavour::v4));
  const SocketFacts facts = starter->facts(listening);
  const std::uint32_t starter_pid = starter->party().pid;
  (void)hand_over(*starter, listening, daemon);
  starter.reset();
  EXPECT_TRUE(recorded_as(facts.cookie, owner(daemon.party(), "fd")));
  EXPECT_EQ(owner_in_list(facts.cookie, {"--history", database()}), owner(daemon.party(), "fd"));
  EXPECT_EQ(owner_in_list(facts.cookie), owner(daemon.party(), "fd")) << "the same without a recorder";
  const ToolRun list =
      run_tool({"list", "--json", "--netns", "self", "--history", database(), "state", "listen"}, true);
  const Json* row = row_of(list.lines, facts.cookie);
  ASSERT_NE(row, nullptr);
  ASSERT_TRUE(row->contains("marks")) << "who opened it stays as a mark: " << *row;
  EXPECT_EQ((*row)["marks"].back().value("from_pid", 0U), starter_pid) << *row;
  EXPECT_EQ((*row)["marks"].back().value("to_pid", 0U), daemon.party().pid) << *row;
}

TEST_F(HolderNow, ConnectionThatWentToTheBackground) {
  record();
  auto starter = std::make_unique<Peer>("ct-starter", std::initializer_list<int>{left.get()});
  Peer daemon("ct-daemon", {right.get()});
  const Pair pair = connect_pair(*starter, server, loopback(Flavour::v4));
  (void)hand_over(*starter, pair.client, daemon);
  starter.reset();
  EXPECT_TRUE(recorded_as(pair.client_facts.cookie, owner(daemon.party(), "fd")));
  EXPECT_TRUE(recorded_as(pair.server_facts.cookie, owner(server.party(), "fd")));
}

// As exec() and setuid() leave it: the same process, another name and user.
TEST_F(HolderNow, SameProcessWithAnotherNameAndUser) {
  record();
  Peer peer("ct-before");
  const Pair pair = connect_pair(peer, server, loopback(Flavour::v4));
  EXPECT_TRUE(recorded_as(pair.client_facts.cookie, owner(peer.party(), "connect")));
  ASSERT_EQ(peer.call(&become_another, uid_t{1234}), 0);
  EXPECT_TRUE(recorded_as(pair.client_facts.cookie, owner({peer.party().pid, "ct-after"}, "connect")));
  const ToolRun list = run_tool({"list", "--json", "--netns", "self", "--history", database()}, true);
  const Json* row = row_of(list.lines, pair.client_facts.cookie);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->value("uid", 0U), 1234U) << *row;
  EXPECT_FALSE(row->contains("marks")) << "it is the same process: " << *row;
}

// A reload: the listener goes on in another process. The guess is asked for before it is printed.
TEST_F(HolderNow, TraceAfterAReload) {
  auto before = std::make_unique<Peer>("ct-before", std::initializer_list<int>{left.get()});
  Peer after("ct-after", {right.get()});
  const int listening = before->listen(loopback(Flavour::v4));
  const SocketFacts facts = before->facts(listening);
  trace();
  const int first = client.connect(facts.local);
  const SocketFacts first_accepted = before->facts(before->accept(listening));
  EXPECT_EQ(owner_at(first_accepted.cookie, "SYN_RECV"), owner(before->party(), "inherited"))
      << "the control: as long as it holds it, the guess is made";
  const int kept = hand_over(*before, listening, after);
  before->close(listening);  // it lives on, but not with this socket
  pause_for(patience(std::chrono::milliseconds(100)));
  const int second = client.connect(facts.local);
  const SocketFacts accepted = after.facts(after.accept(kept));
  EXPECT_EQ(owner_at(accepted.cookie, "SYN_RECV"), owner(after.party(), "inherited"));
  client.close(first);
  client.close(second);
}

TEST_F(HolderNow, TraceOfADaemonThatItSawStart) {
  trace();
  auto starter = std::make_unique<Peer>("ct-starter", std::initializer_list<int>{left.get()});
  Peer daemon("ct-daemon", {right.get()});
  const int listening = starter->listen(loopback(Flavour::v4));
  const SocketFacts facts = starter->facts(listening);
  EXPECT_EQ(owner_at(facts.cookie, "LISTEN"), owner(starter->party(), "listen"));
  const int kept = hand_over(*starter, listening, daemon);
  starter.reset();
  const int fd = client.connect(facts.local);
  const SocketFacts accepted = daemon.facts(daemon.accept(kept));
  EXPECT_EQ(owner_at(accepted.cookie, "SYN_RECV"), owner(daemon.party(), "inherited"));
  client.close(fd);
}

// Rows from /proc/net have no cookie: holders are joined by inode.
TEST_F(HolderNow, WithoutSockDiag) {
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  const auto port_is = [&](const Json& row, std::uint16_t port) {
    return row.value("local_port", 0U) == port && row.value("state", "") == "ESTABLISHED";
  };
  const ToolRun list =
      run_tool({"list", "--json", "--netns", "self", "--no-history", "--source", "proc"}, true);
  int seen = 0;
  for (const Json& row : list.lines) {
    if (port_is(row, pair.client_facts.local.port())) {
      ++seen;
      EXPECT_EQ(owner_of(&row), owner(client.party(), "fd"));
    } else if (port_is(row, pair.server_facts.local.port())) {
      ++seen;
      EXPECT_EQ(owner_of(&row), owner(server.party(), "fd"));
    }
  }
  EXPECT_EQ(seen, 2) << list.out;
  trace({"--source", "proc"});
  const int fd = client.connect(pair.listener_facts.local);
  const SocketFacts accepted = server.facts(server.accept(pair.listener));
  EXPECT_EQ(owner_at(accepted.cookie, "SYN_RECV"), owner(server.party(), "inherited"));
  client.close(fd);
}

}  // namespace
}  // namespace conntrail::live
