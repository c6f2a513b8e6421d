// Rows of the Internet tables, byte for byte; the expected text was printed by net-tools 2.10.
#include "sockets/inet_format.h"
#include "sockets/inet_words.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "fake_names.h"
#include "output/console.h"

namespace conntrail::netstat::test {
namespace {

IpAddress address(const char* text) { return IpAddress::parse(text).value_or(IpAddress{}); }

InetColumns numeric() {
  InetColumns columns;
  columns.addresses = {.numeric_hosts = true, .numeric_ports = true, .wide = false};
  columns.numeric_users = true;
  return columns;
}

InetSocket connection() {
  InetSocket socket;
  socket.local = address("127.0.0.1");
  socket.remote = address("10.1.2.3");
  socket.local_port = 8080;
  socket.remote_port = 49153;
  socket.state = 1;
  socket.inode = 4711;
  socket.uid = 1000;
  return socket;
}

class InetRow : public testing::Test {
 protected:
  std::string row(InetTable table, const InetSocket& socket, const InetColumns& columns,
                  const ProgramText& program = {}) {
    std::array<char, Console::kRowSpace> space;
    const char* end = put_inet_row(space.data(), table, socket, columns, program, names_);
    return {space.data(), static_cast<std::size_t>(end - space.data())};
  }

  FakeNames names_;
};

TEST_F(InetRow, PlainColumns) {
  EXPECT_EQ(row(InetTable::tcp, connection(), numeric()),
            "tcp        0      0 127.0.0.1:8080          10.1.2.3:49153          ESTABLISHED\n");
  EXPECT_EQ(row(InetTable::udp, connection(), numeric()),
            "udp        0      0 127.0.0.1:8080          10.1.2.3:49153          ESTABLISHED\n");
  EXPECT_EQ(row(InetTable::udplite, connection(), numeric()),
            "udpl       0      0 127.0.0.1:8080          10.1.2.3:49153          ESTABLISHED\n");
  EXPECT_EQ(row(InetTable::raw, connection(), numeric()),
            "raw        0      0 127.0.0.1:8080          10.1.2.3:49153          1          \n");
}

TEST_F(InetRow, PortZeroIsAStar) {
  InetSocket listener = connection();
  listener.local = listener.remote = IpAddress::v4({});
  listener.remote_port = 0;
  listener.state = 10;
  EXPECT_EQ(row(InetTable::tcp, listener, numeric()),
            "tcp        0      0 0.0.0.0:8080            0.0.0.0:*               LISTEN     \n");
  listener.local = listener.remote = IpAddress::v6({});
  EXPECT_EQ(row(InetTable::tcp, listener, numeric()),
            "tcp6       0      0 :::8080                 :::*                    LISTEN     \n");
}

TEST_F(InetRow, FullQueuesShiftTheRow) {
  InetSocket socket = connection();
  socket.send_queue = 3782144;
  EXPECT_EQ(row(InetTable::tcp, socket, numeric()),
            "tcp        0 3782144 127.0.0.1:8080          10.1.2.3:49153          ESTABLISHED\n");
}

TEST_F(InetRow, V4MappedLooksLikeIpv4) {
  InetSocket socket = connection();
  socket.local = address("::ffff:127.0.0.1");
  socket.remote = address("::ffff:255.255.255.255");
  EXPECT_EQ(row(InetTable::tcp, socket, numeric()),
            "tcp6       0      0 127.0.0.1:8080          255.255.255.255:49153   ESTABLISHED\n");
}

TEST_F(InetRow, LongAddressesAreCutUnlessWide) {
  InetSocket socket = connection();
  socket.local = socket.remote = address("fd00:1234:5678:9abc:def0:1234:5678:9abc");
  socket.local_port = 12345;
  socket.remote_port = 1;
  InetColumns columns = numeric();
  EXPECT_EQ(row(InetTable::tcp, socket, columns),
            "tcp6       0      0 fd00:1234:5678:9a:12345 fd00:1234:5678:9abc:d:1 ESTABLISHED\n");
  columns.addresses.wide = true;
  EXPECT_EQ(row(InetTable::tcp, socket, columns),
            "tcp6       0      0 fd00:1234:5678:9abc:def0:1234:5678:9abc:12345 "
            "fd00:1234:5678:9abc:def0:1234:5678:9abc:1 ESTABLISHED\n");
}

TEST_F(InetRow, NamesReplaceNumbers) {
  InetColumns columns;
  columns.users = true;
  InetSocket socket = connection();
  names_.hosts[address("127.0.0.1")] = "localhost";
  names_.ports[{PortNames::tcp, 8080}] = "http-alt";
  names_.users[1000] = "somebody-with-a-long-name";
  EXPECT_EQ(row(InetTable::tcp, socket, columns),
            "tcp        0      0 localhost:http-alt      10.1.2.3:49153          ESTABLISHED "
            "somebody-with-a-long-name 4711      \n");
  socket.uid = -1;
  EXPECT_EQ(row(InetTable::udp, socket, columns),
            "udp        0      0 localhost:8080          10.1.2.3:49153          ESTABLISHED -1         4711 "
            "     \n");
  socket.local = IpAddress::v6({});
  EXPECT_EQ(row(InetTable::udp, socket, columns).substr(20, 23), "[::]:8080              ");
}

TEST_F(InetRow, LongServiceNamesTakeUpTo18Columns) {
  InetSocket socket = connection();
  names_.ports[{PortNames::tcp, 8080}] = "a-service-name-longer-than-a-column";
  InetColumns columns;
  columns.addresses.numeric_hosts = true;
  EXPECT_EQ(row(InetTable::tcp, socket, columns).substr(20, 24), "127.:a-service-name-lon ");
}

TEST_F(InetRow, EveryColumn) {
  InetColumns columns = numeric();
  columns.users = columns.programs = columns.timers = columns.context = true;
  InetSocket socket = connection();
  socket.timer = 2;
  socket.timer_ticks = 716738;
  EXPECT_EQ(
      row(InetTable::tcp, socket, columns, {"42/name", "system_u:object_r"}),
      "tcp        0      0 127.0.0.1:8080          10.1.2.3:49153          ESTABLISHED 1000       4711       "
      "42/name              system_u:object_r                                  keepalive (7167.38/0/0)\n");
}

struct TimerCase {
  InetTable table;
  std::uint32_t timer;
  std::uint64_t ticks;
  const char* text;
};

class InetTimer : public testing::TestWithParam<TimerCase> {};

TEST_P(InetTimer, IsPrintedAsNetstatDoes) {
  const TimerCase& c = GetParam();
  FakeNames names;
  InetColumns columns = numeric();
  columns.timers = true;
  InetSocket socket = connection();
  socket.timer = c.timer;
  socket.timer_ticks = c.ticks;
  socket.retransmits = 10;
  socket.timeout = 3;
  std::array<char, Console::kRowSpace> space;
  const char* end = put_inet_row(space.data(), c.table, socket, columns, {}, names);
  const std::string_view row(space.data(), static_cast<std::size_t>(end - space.data()));
  EXPECT_EQ(row.substr(79), std::string(" ") + c.text + "\n");
}

INSTANTIATE_TEST_SUITE_P(Kinds, InetTimer,
                         testing::Values(TimerCase{InetTable::tcp, 0, 77, "off (0.00/10/3)"},
                                         TimerCase{InetTable::tcp, 1, 20, "on (0.20/10/3)"},
                                         TimerCase{InetTable::tcp, 2, 716738, "keepalive (7167.38/10/3)"},
                                         TimerCase{InetTable::tcp, 3, 2738, "timewait (27.38/10/3)"},
                                         TimerCase{InetTable::tcp, 4, 9, "probe (0.09/10/3)"},
                                         TimerCase{InetTable::tcp, 5, 100, "unkn-5 (1.00/10/3)"},
                                         TimerCase{InetTable::udp, 0, 1, "off (0.00/0/3)"},
                                         TimerCase{InetTable::udp, 1, 250, "on1 (2.50/0/3)"},
                                         TimerCase{InetTable::udp, 2, 5, "on2 (0.05/0/3)"},
                                         TimerCase{InetTable::raw, 3, 5, "unkn-3 (0.05/10/3)"}));

TEST(InetTitle, HasTheColumnsAskedFor) {
  InetColumns columns = numeric();
  EXPECT_EQ(inet_title(true, true, columns),
            "Active Internet connections (servers and established)\n"
            "Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n");
  columns.users = columns.programs = columns.timers = true;
  EXPECT_EQ(
      inet_title(false, true, columns),
      "Active Internet connections (only servers)\n"
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      "
      "PID/Program name     Timer\n");
  columns = numeric();
  columns.context = true;
  const std::string title = inet_title(false, false, columns);
  EXPECT_TRUE(title.starts_with("Active Internet connections (w/o servers)\n"));
  EXPECT_EQ(title.size() - title.find('\n') - 2, 79U + 50U);
}

TEST(InetFilter, TcpServersHaveNoRemotePort) {
  InetSocket socket = connection();
  EXPECT_TRUE(is_shown(InetTable::tcp, socket, false, false));
  EXPECT_FALSE(is_shown(InetTable::tcp, socket, false, true));
  EXPECT_TRUE(is_shown(InetTable::tcp, socket, true, true));
  socket.remote_port = 0;
  EXPECT_FALSE(is_shown(InetTable::tcp, socket, false, false));
  EXPECT_TRUE(is_shown(InetTable::tcp, socket, false, true));
}

TEST(InetFilter, DatagramServersHaveNoRemoteAddress) {
  InetSocket socket = connection();
  socket.remote_port = 0;
  EXPECT_TRUE(is_shown(InetTable::udp, socket, false, false));
  socket.remote = IpAddress::v4({});
  EXPECT_FALSE(is_shown(InetTable::raw, socket, false, false));
  EXPECT_TRUE(is_shown(InetTable::udp, socket, false, true));
}

TEST(InetStates, NumbersTcpDoesNotHaveAreUnknown) {
  EXPECT_EQ(InetWords::get().tcp_state(0).text, "");
  EXPECT_EQ(InetWords::get().tcp_state(11).text, "CLOSING");
  EXPECT_EQ(InetWords::get().tcp_state(12).text, "UNKNOWN");
  EXPECT_EQ(InetWords::get().tcp_state(0xffffffffU).text, "UNKNOWN");
}

TEST(InetRowLength, StaysWithinTheRowSpace) {
  FakeNames names;
  InetColumns columns;
  columns.addresses.wide = true;
  columns.users = columns.programs = columns.timers = columns.context = true;
  InetSocket socket = connection();
  socket.receive_queue = socket.send_queue = socket.inode = socket.retransmits = ~0ULL;
  socket.timer = ~0U;
  socket.timer_ticks = ~0ULL;
  names.hosts[socket.local] = names.hosts[socket.remote] = std::string(127, 'h');
  names.ports[{PortNames::tcp, 8080}] = names.ports[{PortNames::tcp, 49153}] = std::string(63, 'p');
  names.users[1000] = std::string(5000, 'u');
  std::array<char, Console::kRowSpace> space;
  const char* end = put_inet_row(space.data(), InetTable::tcp, socket, columns, {}, names);
  EXPECT_LT(end - space.data(), 1000);
}

}  // namespace
}  // namespace conntrail::netstat::test
