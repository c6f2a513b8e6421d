// --cgroup: sockets made in a cgroup, whoever owns them now.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "cli_scenario.h"

namespace conntrail::live {
namespace {

// A cgroup v2 of the test's own; removed at the end, when nothing is in it any more.
class OwnCgroup {
 public:
  OwnCgroup() : path_(mount_point() + "/conntrail-test-" + std::to_string(::getpid())) {
    if (::mkdir(path_.c_str(), 0755) != 0) throw std::runtime_error(path_ + ": " + std::strerror(errno));
  }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  ~OwnCgroup() {
    // A killed process leaves its cgroup a moment after it was reaped.
    (void)eventually([this] { return ::rmdir(path_.c_str()) == 0; }, std::chrono::seconds(2));
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  void take_in(pid_t process) const { test::write_file(path_ + "/cgroup.procs", std::to_string(process)); }

 private:
  static std::string mount_point() {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string device, place, type, rest;
         mounts >> device >> place >> type && std::getline(mounts, rest);)
      if (type == "cgroup2") return place;
    throw std::runtime_error("no cgroup2 file system is mounted");
  }
  std::string path_;
};

class Cgroup : public Cli {
 protected:
  Cgroup() { cgroup_.take_in(inside_.pid()); }

  Pair called_from_inside() { return connect_pair(inside_, server, loopback(Flavour::v4)); }
  Pair answered_inside() { return connect_pair(client, inside_, loopback(Flavour::v4)); }

  OwnCgroup cgroup_;  // first: what is in it goes before it
  Peer inside_{"ct-inside"};
};

TEST_F(Cgroup, TraceShowsItsSocketsOnly) {
  trace({"--cgroup", cgroup_.path()});
  const Pair out = called_from_inside();
  const Pair in = answered_inside();
  const Pair other = connect_pair(client, server, loopback(Flavour::v4));
  client.close(other.client);
  server.read_end(other.server);
  server.close(other.server);
  inside_.close(out.client);
  server.read_end(out.server);
  server.close(out.server);
  client.close(in.client);
  inside_.read_end(in.server);
  inside_.close(in.server);
  const auto ended = [&](const Json& line) {
    return line.value("type", "") == "end" &&
           line.value("cookie", std::uint64_t{0}) == in.server_facts.cookie;
  };
  EXPECT_TRUE(tool->saw(ended, std::chrono::seconds(5)));
  EXPECT_EQ(tool->stop(SIGINT).status, 0);
  EXPECT_EQ(
      cookies(tool->lines()),
      (std::set<std::uint64_t>{out.client_facts.cookie, in.listener_facts.cookie, in.server_facts.cookie}));
  const auto steps = [&](std::uint64_t cookie) {
    return std::ranges::count_if(tool->lines(), [&](const Json& line) {
      return line.value("type", "") == "transition" && line.value("cookie", std::uint64_t{0}) == cookie;
    });
  };
  EXPECT_EQ(steps(in.server_facts.cookie), 5);
  EXPECT_GE(steps(out.client_facts.cookie), 4) << "the last one may be the end of TIME_WAIT";
}

TEST_F(Cgroup, TablesAndPollingShowTheSame) {
  const Pair out = called_from_inside();
  const Pair in = answered_inside();
  const Pair other = connect_pair(client, server, loopback(Flavour::v4));
  const std::set<std::uint64_t> expected{out.client_facts.cookie, in.listener_facts.cookie,
                                         in.server_facts.cookie};
  for (const char* const source : {"diag", "bpf"}) {
    const ToolRun run =
        run_tool({"list", "--json", "--netns", "self", "--source", source, "--cgroup", cgroup_.path()}, true);
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(cookies(run.lines), expected) << source;
  }
  trace({"--poll", "--cgroup", cgroup_.path()});
  inside_.close(out.client);
  const auto left = [&](const Json& line) {
    return line.value("type", "") == "transition" &&
           line.value("cookie", std::uint64_t{0}) == out.client_facts.cookie;
  };
  EXPECT_TRUE(tool->saw(left, std::chrono::seconds(5)));
  client.close(other.client);
  pause_for(patience(std::chrono::milliseconds(600)));
  EXPECT_EQ(tool->stop(SIGINT).status, 0);
  for (const std::uint64_t cookie : cookies(tool->lines())) EXPECT_TRUE(expected.contains(cookie)) << cookie;
}

TEST_F(Cgroup, WhatCannotBeToldIsAnError) {
  const ToolRun proc = run_tool({"list", "--source", "proc", "--cgroup", cgroup_.path()});
  EXPECT_EQ(proc.status, 2);
  EXPECT_NE(proc.err.find("/proc/net does not tell"), std::string::npos) << proc.err;
  const ToolRun wrong = run_tool({"trace", "--for", "1s", "--cgroup", "/proc"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("is not a cgroup"), std::string::npos) << wrong.err;
  // The filter's word looks at the file system, too: an inode number alone means nothing.
  const ToolRun word = run_tool({"list", "cgroup", "/proc"});
  EXPECT_EQ(word.status, 2);
  EXPECT_NE(word.err.find("there is no cgroup"), std::string::npos) << word.err;
}

}  // namespace
}  // namespace conntrail::live
