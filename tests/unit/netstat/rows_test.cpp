// Lines of the other tables into rows: /proc/net/tcp, unix, sctp, igmp, and the program column.
#include <gtest/gtest.h>

#include <string>

#include "fake_names.h"
#include "sockets/group_line.h"
#include "sockets/inet_socket.h"
#include "sockets/programs.h"
#include "sockets/sctp_line.h"
#include "sockets/unix_line.h"

namespace conntrail::netstat::test {
namespace {

using namespace std::string_literals;

TEST(InetLine, IsTakenWithItsHostOrderAddresses) {
  const auto socket = parse_inet_line(
      "   3: 0100007F:1F90 0302010A:C001 06 00000010:00000020 03:00000AB3 00000002  1000        5 4711 3 "
      "0000 \n",
      11);
  ASSERT_TRUE(socket);
  InetSocket expected;
  expected.local = IpAddress::v4({127, 0, 0, 1});
  expected.remote = IpAddress::v4({10, 1, 2, 3});
  expected.local_port = 8080;
  expected.remote_port = 49153;
  expected.state = 6;
  expected.send_queue = 16;
  expected.receive_queue = 32;
  expected.timer = 3;
  expected.timer_ticks = 0xab3;
  expected.retransmits = 2;
  expected.uid = 1000;
  expected.timeout = 5;
  expected.inode = 4711;
  EXPECT_EQ(*socket, expected);
}

TEST(InetLine, WithTooFewFieldsIsBogus) {
  const char* ten = "3: 0100007F:1F90 0302010A:C001 06 00000010:00000020 03:00000AB3";
  EXPECT_FALSE(parse_inet_line(ten, 11));
  EXPECT_TRUE(parse_inet_line(ten, 10));
  EXPECT_FALSE(parse_inet_line("", 10));
}

TEST(InetLine, WithACutAddressIsBogus) {
  const std::string whole = "00000000000000000000000001000000";
  const auto line = [](const std::string& local, const std::string& remote) {
    return "3: " + local + ":1F90 " + remote + ":C001 06 0:0 3:AB3 0 0 0 0";
  };
  EXPECT_TRUE(parse_inet_line(line(whole, whole), 11));
  EXPECT_FALSE(parse_inet_line(line(whole.substr(1), whole), 11));
  EXPECT_FALSE(parse_inet_line(line(whole, whole.substr(1)), 11));
  EXPECT_FALSE(parse_inet_line(line(whole, "0100007F"), 11));
  EXPECT_FALSE(parse_inet_line(line("0100007F", whole), 11));
  EXPECT_FALSE(parse_inet_line(line("0100007F0", "0100007F"), 11));
  EXPECT_TRUE(parse_inet_line(line("100007F", "0"), 11));
}

TEST(InetLine, SnapshotRowsGiveTheSameRow) {
  SocketRow row;
  row.state = TcpState::time_wait;
  row.timer = TimerKind::time_wait;
  row.timer_raw = 3;
  row.tuple.family = Family::inet6;
  row.tuple.local = {*IpAddress::parse("::1"), 8080};
  row.tuple.remote = {*IpAddress::parse("fd00::1"), 49153};
  row.timer_ticks = 0xab3;
  const InetSocket socket = inet_socket_from(row);
  const auto line = parse_inet_line(
      "0: 00000000000000000000000001000000:1F90 000000FD000000000000000001000000:C001 06 0:0 3:AB3 0 0 0 0",
      11);
  ASSERT_TRUE(line);
  EXPECT_EQ(socket.local, line->local);
  EXPECT_EQ(socket.local_port, line->local_port);
  EXPECT_EQ(socket.timer_ticks, line->timer_ticks);
  EXPECT_EQ(socket.state, line->state);
  EXPECT_EQ(socket.remote, line->remote);
  EXPECT_EQ(socket.family(), Family::inet6);
}

std::string unix_row(const char* line, const UnixColumns& columns = {}) {
  const auto socket = parse_unix_line(line);
  EXPECT_TRUE(socket) << line;
  std::string out;
  if (socket) append_unix_row(out, *socket, columns, {"9/prog", "-"});
  return out;
}

TEST(UnixLine, Rows) {
  EXPECT_EQ(unix_row("0: 00000002 00000000 00010000 0001 01 1696970 /run/app/s.sock\n"),
            "unix  2      [ ACC ]     STREAM     LISTENING     1696970  /run/app/s.sock\n");
  EXPECT_EQ(unix_row("0: 00000003 00000000 00070000 0004 03 104 @d\n"),
            "unix  3      [ ACC W N ] RDM        CONNECTED     104      @d\n");
  EXPECT_EQ(unix_row("0: 00000003 00000001 00000000 0001 09 123456789 /x\n"),
            "??    3      [ ]         STREAM     UNKNOWN       123456789 /x\n");
  EXPECT_EQ(unix_row("0: 00000003 00000000 00000000 0001 03 7 /a b\n", {true, false, true}),
            "unix  3      [ ]         STREAM     CONNECTED     7        9/prog               /a b\n");
  EXPECT_EQ(unix_row("0: 00000003 00000000 00000000 0001 03 7\n"),
            "unix  3      [ ]         STREAM     CONNECTED     7        \n");
}

TEST(UnixLine, ListenersAreServers) {
  const auto listener = parse_unix_line("0: 00000002 00000000 00010000 0001 01 1 /x");
  const auto peer = parse_unix_line("0: 00000002 00000000 00000000 0001 03 1 /x");
  ASSERT_TRUE(listener && peer);
  EXPECT_TRUE(is_shown(*listener, false, true));
  EXPECT_FALSE(is_shown(*listener, false, false));
  EXPECT_TRUE(is_shown(*peer, false, false));
  EXPECT_TRUE(is_shown(*peer, true, true));
  EXPECT_FALSE(parse_unix_line("0: 2 0 0 1"));
}

TEST(SctpLine, AddressesTakeLinesOfTheirOwn) {
  const auto socket = parse_sctp_association(
      "a s 2 1 3 0 1 5 7 0 4711 5000 41000 *10.1.0.1 10.2.0.1 <-> *10.3.0.1 \t 7500 10\n");
  ASSERT_TRUE(socket);
  FakeNames names;
  InetColumns columns;
  columns.addresses = {true, true, false};
  columns.users = columns.numeric_users = true;
  std::string out;
  append_sctp_row(out, *socket, true, columns, {}, names);
  EXPECT_EQ(out,
            "sctp       7      5 10.1.0.1:5000           10.3.0.1:41000          ESTABLISHED\n"
            "                    10.2.0.1                                                    0          4711 "
            "     \n");
}

TEST(GroupLine, BothFilesInOneTable) {
  GroupReader reader;
  EXPECT_EQ(reader.take("Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n", 0), "");
  EXPECT_EQ(reader.take("2\teth0      :     1      V3\n", 1), "");
  EXPECT_EQ(reader.take("\t\t\t\t030201EF     1 0:00000000\t\t0\n", 2), "");
  EXPECT_EQ(reader.take("\t\t\t\tx\n", 3), "warning, got bogus igmp line 3.\n");
  EXPECT_EQ(reader.take("2    eth0            ff0200000000000000000001ff123456     3 00000004 0\n", 0), "");
  EXPECT_EQ(reader.take("bogus\n", 1), "warning, got bogus igmp6 line 1.\n");
  EXPECT_EQ(reader.take("2    eth0            ff020000     3 00000004 0\n", 2),
            "warning, got bogus igmp6 line 2.\n");
  FakeNames names;
  std::string out;
  for (const GroupRow& row : reader.rows()) append_group_row(out, row, true, names);
  EXPECT_EQ(out, "eth0            1      239.1.2.3\neth0            3      ff02::1:ff12:3456\n");
}

// Found by fuzzing: the kernel lets an interface have nearly any bytes in its name.
TEST(GroupLine, DeviceNamesAreSafeForATerminal) {
  GroupReader reader;
  EXPECT_EQ(reader.take("Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n", 0), "");
  EXPECT_EQ(reader.take("2\te\x1b[2Jh0    :     1      V3\n", 1), "");
  EXPECT_EQ(reader.take("\t\t\t\t030201EF     1 0:00000000\t\t0\n", 2), "");
  EXPECT_EQ(reader.take("2    e\x9b\x07            ff0200000000000000000001ff123456     3 00000004 0\n", 0),
            "");
  ASSERT_EQ(reader.rows().size(), 2U);
  EXPECT_EQ(reader.rows()[0].device, "e?[2Jh0    ");
  EXPECT_EQ(reader.rows()[1].device, "e??");
}

// Found by fuzzing: the first line of igmp6 is no title because of its interface's name.
TEST(GroupLine, InterfacesMayBeNamedAsTheTitle) {
  GroupReader reader;
  EXPECT_EQ(reader.take("2    myDevice        ff0200000000000000000001ff123456     3 00000004 0\n", 0), "");
  ASSERT_EQ(reader.rows().size(), 1U);
  EXPECT_EQ(reader.rows()[0].device, "myDevice");
}

TEST(ProgramColumn, IsPidAndName) {
  EXPECT_EQ(program_text("3000", program_name("/usr/sbin/a-very-long-daemon\0-x\0"s), false),
            "3000/a-very-long-da");
  EXPECT_EQ(program_text("1234567", program_name("./rel/tcp_client\0"s), false), "1234567/./rel/tcp_c");
  EXPECT_EQ(program_text("3001", program_name("sshd: x [priv]"), false), "3001/sshd: x [priv]");
  EXPECT_EQ(program_text("3000", program_name("/usr/sbin/a-very-long-daemon"), true),
            "3000/a-very-long-daemon");
  EXPECT_EQ(program_text("42", program_name(""), false), "42/");
  EXPECT_EQ(program_text("9", program_name("a\x1b[2J\n"), false), "9/a?[2J?");
}

TEST(ProgramColumn, LinksOfSockets) {
  EXPECT_EQ(socket_inode("socket:[4711]"), 4711U);
  EXPECT_EQ(socket_inode("[0000]:4711"), 4711U);
  EXPECT_EQ(socket_inode("socket:[4711"), 0U);
  EXPECT_EQ(socket_inode("socket:[47x1]"), 0U);
  EXPECT_EQ(socket_inode("socket:[]"), 0U);
  EXPECT_EQ(socket_inode("/dev/null"), 0U);
  EXPECT_EQ(socket_inode("socket:[18446744073709551615]"), 0U);
}

}  // namespace
}  // namespace conntrail::netstat::test
