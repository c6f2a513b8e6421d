#include "samples.h"

#include <cerrno>
#include <stdexcept>

namespace conntrail::view::samples {

WallClock clock() { return WallClock::with_offset(1'795'176'000'000'000'000 - kNoon.ns); }

Endpoint endpoint(std::string_view address, std::uint16_t port) {
  const auto parsed = IpAddress::parse(address);
  if (!parsed) throw std::invalid_argument(std::string(address));  // a mistake in the test itself
  return {*parsed, port};
}

Owner owner(std::string comm, std::uint32_t pid, OwnerSource source) {
  Owner owner;
  owner.comm = std::move(comm);
  owner.pid = pid;
  owner.source = source;
  owner.uid = 1000;
  owner.has_uid = true;
  owner.cgroup_id = 4242;
  return owner;
}

Connection established_client() {
  Connection c;
  c.id = 1;
  c.cookie = 4097;
  c.tuple = {4026531840, Family::inet, endpoint("10.0.0.1", 48966), endpoint("10.0.0.2", 443)};
  c.state = TcpState::established;
  c.direction = Direction::active;
  c.owner = owner("curl", 812, OwnerSource::connect);
  c.holders = {{812, 5, "curl"}};
  c.opened = kNoon + 123456us;
  c.established = c.opened + 1234567ns;
  c.state_since = c.established;
  c.last_event = c.established;
  c.trail = {{TcpState::syn_sent, c.opened, c.established}, {TcpState::established, c.established, {}}};
  c.inode = 77001;
  c.send_queue = 1460;
  return c;
}

Connection time_wait_client() {
  Connection c = established_client();
  c.id = 2;
  c.cookie = 4098;
  c.tuple.local.port = 48968;
  const MonoTime fin = c.established + 3400ms;
  const MonoTime acked = fin + 41us;
  const MonoTime done = acked + 2500us;
  c.trail.back().left = fin;
  c.trail.push_back({TcpState::fin_wait1, fin, acked});
  c.trail.push_back({TcpState::fin_wait2, acked, done});
  c.trail.push_back({TcpState::time_wait, done, {}});
  c.trail_dropped = 2;
  c.state = TcpState::time_wait;
  c.state_since = done;
  c.closed = done;
  c.last_event = done;
  c.ended = true;
  c.end_reason = EndReason::normal;
  c.closed_first = ClosedFirst::local;
  c.owner.source = OwnerSource::close;
  c.holders.clear();
  c.inode = 0;
  c.fin_sent = true;
  c.fin_received = true;
  c.retransmits = 3;
  c.syn_retransmits = 1;
  c.stats = SocketStats{.bytes_sent = 1234,
                        .bytes_received = 45'000'000,
                        .bytes_retransmitted = 1460,
                        .segments_out = 20,
                        .segments_in = 31000,
                        .retransmits = 3,
                        .srtt_us = 812,
                        .min_rtt_us = 640};
  c.time_wait = true;
  c.time_wait_entered = done;
  c.time_wait_expires = done + 60s;
  c.time_wait_entry_evidence = Evidence::event;
  return c;
}

Connection ipv6_server() {
  Connection c;
  c.id = 3;
  c.cookie = 4099;
  c.tuple = {4026531840, Family::inet6, endpoint("2001:db8:1111:2222:3333:4444:5555:6666", 8443),
             endpoint("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 50123)};
  c.state = TcpState::close_wait;
  c.direction = Direction::passive;
  c.owner = owner("nginx", 900, OwnerSource::inherited);
  c.holders = {{900, 6, "nginx"}, {901, 6, "nginx"}, {902, 6, "nginx"}};
  c.opened = kNoon + 1s;
  c.established = c.opened + 90us;
  c.state_since = c.established + 2h;
  c.last_event = c.state_since;
  c.trail = {{TcpState::syn_recv, c.opened, c.established},
             {TcpState::established, c.established, c.state_since},
             {TcpState::close_wait, c.state_since, {}}};
  c.closed_first = ClosedFirst::remote;
  c.fin_received = true;
  c.receive_queue = 1;
  c.inode = 77002;
  return c;
}

Connection listener() {
  Connection c;
  c.id = 4;
  c.cookie = 7;
  c.tuple = {4026531840, Family::inet, endpoint("0.0.0.0", 80), endpoint("0.0.0.0", 0)};
  c.state = TcpState::listen;
  c.owner = owner("nginx", 900, OwnerSource::fd);
  c.existed_before = true;
  c.trail = {{TcpState::listen, {}, {}}};
  c.last_event = kNoon;
  c.inode = 77003;
  return c;
}

Connection syn_timeout() {
  Connection c;
  c.id = 5;
  c.cookie = 4101;
  c.tuple = {4026532999, Family::inet, endpoint("10.0.0.1", 40000), endpoint("192.0.2.7", 5432)};
  c.state = TcpState::close;
  c.direction = Direction::active;
  c.owner = owner("psql", 1234567, OwnerSource::connect);
  c.opened = kNoon + 2s;
  c.closed = c.opened + 127s;
  c.state_since = c.closed;
  c.last_event = c.closed;
  c.trail = {{TcpState::syn_sent, c.opened, c.closed}, {TcpState::close, c.closed, {}}};
  c.ended = true;
  c.gone = true;
  c.gap = true;
  c.end_reason = EndReason::timeout;
  c.error = ETIMEDOUT;
  c.retransmits = 6;
  c.syn_retransmits = 6;
  return c;
}

Connection bare() {
  Connection c;
  c.id = 6;
  c.tuple.family = Family::inet6;
  c.tuple.local = endpoint("::ffff:127.0.0.1", 5000);
  c.tuple.remote = endpoint("::ffff:127.0.0.1", 5001);
  c.state = TcpState::established;
  return c;
}

Connection hostile_name() {
  Connection c = established_client();
  c.id = 8;
  c.cookie = 4103;
  c.owner.comm = "\x1b[2J\"a\",\n\xff";
  c.holders = {{812, 5, c.owner.comm}};
  return c;
}

std::vector<const Connection*> pointers(const std::vector<Connection>& connections) {
  std::vector<const Connection*> out;
  out.reserve(connections.size());
  for (const Connection& connection : connections) out.push_back(&connection);
  return out;
}

std::vector<Connection> all() {
  return {established_client(), time_wait_client(), ipv6_server(), listener(), syn_timeout(), bare(),
          hostile_name()};
}

}  // namespace conntrail::view::samples
