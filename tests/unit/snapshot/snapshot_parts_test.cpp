// The smaller pure parts: listener uids, descriptor links, names of sources and namespaces.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conntrail/snapshot/snapshot.h"
#include "listener_uids.h"
#include "proc_owners.h"
#include "socket_count.h"

namespace conntrail::snapshot {
namespace {

SocketRow socket_at(const char* address, std::uint16_t port, std::uint32_t uid = 0,
                    std::uint32_t interface = 0) {
  SocketRow row;
  row.tuple.local = {*IpAddress::parse(address), port};
  row.uid = uid;
  row.interface = interface;
  return row;
}

TEST(ListenerUids, ChoosesAsTheKernelDoes) {
  ListenerUids uids;
  uids.add(socket_at("0.0.0.0", 80, 1));
  uids.add(socket_at("10.0.0.1", 80, 2));
  uids.add(socket_at("10.0.0.1", 80, 3, 7));
  uids.add(socket_at("0.0.0.0", 443, 4));
  EXPECT_EQ(uids.find(socket_at("10.0.0.1", 80)), 2U);
  EXPECT_EQ(uids.find(socket_at("10.0.0.1", 80, 0, 7)), 3U);
  EXPECT_EQ(uids.find(socket_at("10.0.0.9", 80)), 1U);
  EXPECT_EQ(uids.find(socket_at("10.0.0.1", 443)), 4U);
  EXPECT_EQ(uids.find(socket_at("10.0.0.1", 22)), 0U);
}

TEST(SocketLink, TakesOnlySockets) {
  EXPECT_EQ(socket_inode_of_link("socket:[12345]"), 12345U);
  EXPECT_EQ(socket_inode_of_link("[0000]:12345"), 12345U);
  for (const char* other :
       {"", "pipe:[1]", "/dev/null", "socket:[", "socket:[]", "socket:[1", "socket:[-1]", "socket:[1]x",
        "socket:[99999999999999999999999]", "/tmp/socket:[1]", "[0000]:x"}) {
    EXPECT_FALSE(socket_inode_of_link(other)) << other;
  }
}

TEST(SocketCount, TimeWaitIsTheTcpLines) {
  EXPECT_EQ(
      time_wait_in_sockstat("sockets: used 167\nTCP: inuse 5 orphan 1 tw 3 alloc 9 mem 1\nUDP: inuse 2\n"),
      3U);
  EXPECT_EQ(time_wait_in_sockstat("TCP: inuse 5 orphan 1 tw 0 alloc 9 mem 1\n"), 0U);
  for (const char* other : {"", "TCP:", "TCP: tw", "TCP: tw x", "TCP6: inuse 4 tw 5\n"}) {
    EXPECT_EQ(time_wait_in_sockstat(other), std::nullopt) << other;
  }
}

TEST(SocketCount, AddsWhatIsInUseAndInTimeWait) {
  EXPECT_EQ(
      count_in_sockstat("sockets: used 167\nTCP: inuse 5 orphan 1 tw 3 alloc 9 mem 1\nUDP: inuse 2 mem 0\n"
                        "UDPLITE: inuse 7\nRAW: inuse 8\nFRAG: inuse 9 memory 0\n"),
      10U);
  EXPECT_EQ(count_in_sockstat("TCP6: inuse 4\nUDP6: inuse 1\n"), 5U);
  for (const char* hostile : {"", "TCP:", "TCP: inuse", "TCP: inuse -1", "TCP: inuse x tw"}) {
    EXPECT_EQ(count_in_sockstat(hostile), 0U) << hostile;
  }
  EXPECT_LT(count_in_sockstat("TCP: inuse 18446744073709551615 tw 18446744073709551615"),
            std::size_t{1} << 23);
}

TEST(Source, NamesAreReadAsTheyAreWritten) {
  for (const Source source : {Source::automatic, Source::diag, Source::bpf, Source::proc}) {
    EXPECT_EQ(parse_source(source_name(source)), source);
  }
  EXPECT_FALSE(parse_source("netlink"));
  EXPECT_FALSE(parse_source(""));
}

TEST(FindNamespace, FindsTheOwnByPidAndPath) {
  struct stat status {};
  ASSERT_EQ(::stat("/proc/self/ns/net", &status), 0);
  const auto by_pid = find_namespace(std::to_string(::getpid()));
  ASSERT_TRUE(by_pid);
  EXPECT_EQ(by_pid->inode, status.st_ino);
  EXPECT_EQ(by_pid->pid, static_cast<std::uint32_t>(::getpid()));
  const auto by_path = find_namespace("/proc/self/ns/net");
  ASSERT_TRUE(by_path);
  EXPECT_EQ(by_path->inode, status.st_ino);
  EXPECT_EQ(own_namespace()->inode, status.st_ino);
}

TEST(FindNamespace, RefusesWhatIsNone) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("no-such-name"), std::string_view("/etc/passwd"),
        std::string_view("/no/such/path"), std::string_view(".."), std::string_view("4294967295"),
        std::string_view("-1"), std::string_view("a\0b", 3), std::string_view("\x1b[2J")}) {
    const auto found = find_namespace(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(format_error(found.error()).find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace conntrail::snapshot
