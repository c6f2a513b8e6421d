// Sockets as JSON and CSV: every key, its absence, and hostile text.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "conntrail/base/unique_fd.h"
#include "fake_names.h"
#include "sockets/socket_record.h"

namespace conntrail::netstat::test {
namespace {

// What `write` writes.
template <class Write>
std::string records(Format format, const Write& write) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  {
    Console console(writing.get(), writing.get());
    RecordWriter out(format, console);
    write(out, console);
    console.flush();
  }
  writing.reset();
  std::string text(65536, '\0');
  const ssize_t length = ::read(reading.get(), text.data(), text.size());
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return text;
}

// The sanitizers watch: a text that is empty may have no address.
TEST(Console, TakesATextWithoutBytes) {
  EXPECT_EQ(records(Format::text,
                    [](RecordWriter&, Console& console) {
                      console.text({});
                      console.text("a\n");
                      console.text({});
                    }),
            "a\n");
}

InetSocket some_socket() {
  InetSocket socket;
  socket.local = IpAddress::v4({127, 0, 0, 1});
  socket.remote = IpAddress::v4({10, 1, 2, 3});
  socket.local_port = 8080;
  socket.remote_port = 49153;
  socket.state = 1;
  socket.receive_queue = 5;
  socket.send_queue = 6;
  socket.uid = 1000;
  socket.inode = 4711;
  socket.timer = 2;
  socket.timer_ticks = 150;
  socket.retransmits = 1;
  socket.timeout = 3;
  return socket;
}

RecordColumns numeric() {
  RecordColumns columns;
  columns.shown.addresses = {true, true, false};
  columns.shown.numeric_users = true;
  return columns;
}

TEST(SocketRecord, HasNumbersOnlyWithoutNames) {
  FakeNames names;
  names.hosts[IpAddress::v4({127, 0, 0, 1})] = "localhost";
  const Programs programs;
  EXPECT_EQ(records(Format::json,
                    [&](RecordWriter& out, Console&) {
                      write_inet_record(out, InetTable::tcp, some_socket(), numeric(), programs, names);
                    }),
            "{\"type\":\"socket\",\"proto\":\"tcp\",\"family\":\"inet\",\"local_addr\":\"127.0.0.1\",\"local_"
            "port\":8080,"
            "\"remote_addr\":\"10.1.2.3\",\"remote_port\":49153,\"state\":\"ESTABLISHED\",\"recv_q_bytes\":5,"
            "\"send_q_bytes\":6,\"uid\":1000,\"inode\":4711}\n");
}

TEST(SocketRecord, HasNamesBesideNumbersAndTheTimer) {
  FakeNames names;
  names.hosts[IpAddress::v4({127, 0, 0, 1})] = "local\x1bhost";
  names.ports[{PortNames::tcp, 8080}] = "http-alt";
  names.users[1000] = "me";
  RecordColumns columns;
  columns.shown.timers = true;
  const Programs programs;
  const std::string line = records(Format::json, [&](RecordWriter& out, Console&) {
    write_inet_record(out, InetTable::tcp, some_socket(), columns, programs, names);
  });
  for (const char* part :
       {"\"local_addr\":\"127.0.0.1\"", "\"local_host\":\"local\\u001bhost\"",
        "\"local_service\":\"http-alt\"", "\"user\":\"me\"",
        "\"timer\":\"keepalive\",\"timer_left_s\":1.50,\"timer_retransmits\":1,\"timer_probes\":3"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  EXPECT_EQ(line.find("remote_host"), std::string::npos) << "it has no name";
}

TEST(SocketRecord, CsvKeepsTheColumnsOfWhatIsAbsent) {
  FakeNames names;
  const Programs programs;
  const std::string text = records(Format::csv, [&](RecordWriter& out, Console& console) {
    write_inet_record(out, InetTable::tcp, some_socket(), numeric(), programs, names);
    InetSocket raw = some_socket();
    raw.local_port = 89;
    raw.state = 7;
    write_inet_record(out, InetTable::raw, raw, numeric(), programs, names);
    console.set_netns(42, "blue");
  });
  EXPECT_EQ(
      text,
      "type,proto,family,ip_protocol,local_addr,local_port,local_host,local_service,remote_addr,remote_port,"
      "remote_host,remote_service,state,recv_q_bytes,send_q_bytes,accept_queue,uid,user,inode,pid,program,"
      "context,"
      "holders,timer,timer_left_s,timer_retransmits,timer_probes,local_addrs,remote_addrs\r\n"
      "socket,tcp,inet,,127.0.0.1,8080,,,10.1.2.3,49153,,,ESTABLISHED,5,6,,1000,,4711,,,,,,,,,,\r\n"
      "socket,raw,inet,89,127.0.0.1,,,,10.1.2.3,,,,UNCONNECTED,5,6,,1000,,4711,,,,,,,,,,\r\n");
}

TEST(SocketRecord, CarriesItsNamespace) {
  FakeNames names;
  const Programs programs;
  const std::string line = records(Format::json, [&](RecordWriter& out, Console& console) {
    console.set_netns(4026531840U, "blue");
    write_inet_record(out, InetTable::udp, some_socket(), numeric(), programs, names);
  });
  EXPECT_TRUE(line.starts_with(R"({"type":"socket","netns":4026531840,"netns_name":"blue","proto":"udp",)"))
      << line;
}

TEST(SocketRecord, StatesBeyondTheProtocolsAreAbsent) {
  EXPECT_EQ(record_state(InetTable::tcp, 11), "CLOSING");
  EXPECT_EQ(record_state(InetTable::tcp, 0), "");
  EXPECT_EQ(record_state(InetTable::tcp, 12), "");
  EXPECT_EQ(record_state(InetTable::tcp, ~0U), "");
  EXPECT_EQ(record_state(InetTable::udp, 7), "UNCONNECTED");
  EXPECT_EQ(record_state(InetTable::udp, 2), "");
}

TEST(UnixRecord, EscapesItsPath) {
  UnixSocket socket;
  socket.references = 2;
  socket.flags = 1U << 16U;
  socket.type = 1;
  socket.state = 1;
  socket.inode = 99;
  socket.path = "/tmp/a b\n\"\xff";
  const Programs programs;
  EXPECT_EQ(
      records(Format::json,
              [&](RecordWriter& out, Console&) {
                write_unix_record(out, socket, numeric(), programs, {true, 100});
              }),
      "{\"type\":\"unix_socket\",\"socket_type\":\"STREAM\",\"state\":\"LISTENING\",\"flags\":[\"ACC\"],"
      "\"refcount\":2,\"inode\":99,\"path\":\"/tmp/a b\\u000a\\\"\\ufffd\",\"peer_inode\":100}\n");
}

}  // namespace
}  // namespace conntrail::netstat::test
