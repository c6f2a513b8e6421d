#include "scenarios.h"

#include <cerrno>
#include <deque>

namespace conntrail::diagnose::test {
namespace {

std::uint16_t ephemeral(std::size_t i) { return static_cast<std::uint16_t>(32768 + i * 2 % 28000); }

// Some life that every host has: a few clients that come and go, a long connection, a server that answers.
void add_everyday_life(World& world) {
  world.listener(kServer, 80, 511);
  for (std::size_t i = 0; i < 40; ++i) {
    const double begin = 0.2 * static_cast<double>(i);
    Connection& client = world.active({300, "browser"}, ephemeral(i), "192.0.2.10", 443);
    establish(client, begin, begin + 0.03);
    send(client, 40, i == 7 ? 1 : 0);
    close_first(client, begin + 1, world.interval());
    Connection& served = world.passive(kServer, 80, "192.0.2.99", ephemeral(i));
    establish(served, begin, begin + 0.03);
    send(served, 30, 0);
    close_second(served, begin + 0.5);
  }
  Connection& session = world.active({301, "ssh"}, 33333, "192.0.2.20", 22);
  session.direction = Direction::unknown;
  session.existed_before = true;
  session.state = TcpState::established;
  send(session, 20000, 3);
  // The second of two addresses is tried when the first is refused: nothing is wrong.
  Connection& refused = world.active({302, "psql"}, 33001, "127.0.0.1", 5432, "127.0.0.1");
  fail(refused, 1, 1.0001, EndReason::refused, ECONNREFUSED);
  // Just closed by the peer, about to be closed here.
  Connection& closing = world.passive(kServer, 80, "192.0.2.98", 50000);
  establish(closing, world.interval() - 2, world.interval() - 1.9);
  leave_in_close_wait(closing, world.interval() - 0.01);
  world.count("Tcp.OutSegs", 30000);
  world.count("Tcp.RetransSegs", 4);
}

std::size_t connections_of(const Storm& storm) {
  return static_cast<std::size_t>(storm.rate * (storm.interval_s - storm.began_s));
}
double begin_of(const Storm& storm, std::size_t i) {
  return storm.began_s + static_cast<double>(i) / storm.rate;
}
std::uint16_t port_of(const Storm& storm, std::size_t i) {
  const auto ports = static_cast<std::size_t>(storm.high - storm.low + 1);
  return static_cast<std::uint16_t>(static_cast<std::size_t>(storm.low) + i % ports);
}

void set_range(World& world, const Storm& storm) {
  world.set("sysctl.ip_local_port_range.low", storm.low);
  world.set("sysctl.ip_local_port_range.high", storm.high);
}

}  // namespace

World healthy() {
  World world;
  add_everyday_life(world);
  return world;
}

World client_storm(const Storm& storm) {
  World world(storm.interval_s);
  set_range(world, storm);
  const auto ports = static_cast<std::size_t>(storm.high - storm.low + 1);
  std::deque<Connection*> on_port;
  for (std::size_t i = 0; i < connections_of(storm); ++i) {
    const double begin = begin_of(storm, i);
    const double end = begin + storm.lifetime_s;
    if (end + 62 < 0) continue;  // gone before the interval
    Connection& c = world.active(kClient, port_of(storm, i), storm.remote, 8080, storm.local);
    establish(c, begin, begin + 0.0005);
    if (end < storm.interval_s) close_first(c, end, storm.interval_s);
    // All ports taken once: each further connection takes over the oldest.
    on_port.push_back(&c);
    if (on_port.size() <= ports) continue;
    if (!on_port.front()->gone) be_reused(*on_port.front(), begin);
    on_port.pop_front();
  }
  return world;
}

World server_storm(const Storm& storm) {
  World world(storm.interval_s);
  set_range(world, storm);
  world.listener(kServer, 8080, 4096);
  for (std::size_t i = 0; i < connections_of(storm); ++i) {
    const double begin = begin_of(storm, i);
    const double end = begin + storm.lifetime_s;
    if (end >= storm.interval_s) continue;
    Connection& client = world.active(kClient, port_of(storm, i), kHere, 8080, kThere);
    establish(client, begin, begin + 0.0005);
    close_second(client, end);
    Connection& server = world.passive(kServer, 8080, kThere, port_of(storm, i));
    establish(server, begin, begin + 0.0005);
    close_first(server, end, storm.interval_s);
  }
  return world;
}

World leaking_server() {
  World world;
  add_everyday_life(world);
  world.listener({900, "leaky"}, 9000, 128);
  for (std::size_t i = 0; i < 200; ++i) {
    const double begin = static_cast<double>(i) * 0.045;
    Connection& server = world.passive({900, "leaky"}, 9000, kHere, ephemeral(i));
    establish(server, begin, begin + 0.001);
    leave_in_close_wait(server, begin + 0.1);
    Connection& client = world.active(kClient, ephemeral(i), kHere, 9000);
    establish(client, begin, begin + 0.001);
    wait_in_fin_wait2(client, begin + 0.1);
  }
  return world;
}

World overflowing_listener() {
  World world;
  add_everyday_life(world);
  const Process slow{901, "slowpoke"};
  world.listener(slow, 9001, 4);
  for (std::size_t i = 0; i < 40; ++i) {
    const double begin = static_cast<double>(i) * 0.2;
    Connection& client = world.active(kClient, ephemeral(i), kHere, 9001);
    if (i % 4 == 0) {
      establish(client, begin, begin + 1.02);
      client.syn_retransmits = 1;
      send(client, 20, 5);  // its request is not answered: the last ACK was dropped
      Connection& server = world.passive(slow, 9001, kHere, ephemeral(i));
      establish(server, begin, begin + 1.02);
    } else {
      wait_in_syn_sent(client, begin, 3);
    }
  }
  world.queue(9001, 5, 5, 5, 120);
  world.count("TcpExt.ListenOverflows", 120);
  world.count("TcpExt.ListenDrops", 120);
  world.count("TcpExt.SyncookiesSent", 9);
  world.count("TcpExt.TCPSynRetrans", 150);
  world.count("TcpExt.TCPTimeouts", 200);
  world.count("Tcp.RetransSegs", 200);
  world.count("Tcp.OutSegs", 1000);
  return world;
}

World syn_flood() {
  World world;
  add_everyday_life(world);
  world.queue(80, 0, 0, 512);
  world.count("TcpExt.SyncookiesSent", 25000);
  for (std::size_t i = 0; i < 512; ++i) {
    Connection& c = world.passive(kServer, 80, "203.0.113.7", static_cast<std::uint16_t>(1024 + i));
    c.opened = at(9);
    c.state = TcpState::syn_recv;
    c.state_since = at(9);
  }
  return world;
}

World lossy_path() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 100; ++i) {
    const double begin = static_cast<double>(i) * 0.05;
    const bool lost = i % 11 == 0;
    Connection& c = world.active(kClient, ephemeral(i), kThere, 8080);
    establish(c, begin, begin + (lost ? 1.002 : 0.002));
    c.syn_retransmits = lost ? 1 : 0;
    send(c, 200, 10);
  }
  world.count("Tcp.OutSegs", 50000);
  world.count("Tcp.RetransSegs", 1010);
  world.count("TcpExt.TCPSynRetrans", 10);
  world.count("TcpExt.TCPFastRetrans", 800);
  world.count("TcpExt.TCPTimeouts", 60);
  world.count("TcpExt.TCPLossProbes", 100);
  world.count("TcpExt.TCPLossProbeRecovery", 40);
  return world;
}

World refused_port() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 20; ++i) {
    const double begin = static_cast<double>(i) * 0.4;
    fail(world.active(kClient, ephemeral(i), kThere, 81), begin, begin + 0.001, EndReason::refused,
         ECONNREFUSED);
  }
  return world;
}

World black_hole_beside_refused_port() {
  World world = refused_port();
  for (std::size_t i = 0; i < 5; ++i)
    wait_in_syn_sent(world.active({813, "fetcher"}, ephemeral(i), "10.0.0.66", 443), static_cast<double>(i),
                     3);
  return world;
}

World slow_path() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 10; ++i) {
    const double begin = static_cast<double>(i) * 0.8;
    establish(world.active(kClient, ephemeral(i), "198.51.100.9", 443), begin, begin + 0.7);
  }
  return world;
}

World lost_syns() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 100; ++i) {
    const double begin = static_cast<double>(i) * 0.05;
    const bool lost = i % 10 == 0;
    Connection& c = world.active(kClient, ephemeral(i), kThere, 8080);
    establish(c, begin, begin + (lost ? 1.002 : 0.002));
    c.syn_retransmits = lost ? 1 : 0;
    send(c, 100, 0);
  }
  world.count("TcpExt.TCPSynRetrans", 10);
  world.count("TcpExt.TCPTimeouts", 10);
  world.count("Tcp.RetransSegs", 14);
  return world;
}

World unread_data() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 50; ++i) {
    const double begin = static_cast<double>(i) * 0.1;
    Connection& c = world.active({814, "impatient"}, ephemeral(i), kThere, 8080);
    establish(c, begin, begin + 0.001);
    send(c, 10, 0);
    reset(c, begin + 0.5, true, 12);
  }
  return world;
}

World peers_that_never_close() {
  World world(30);
  for (std::size_t i = 0; i < 2000; ++i) {
    const double begin = static_cast<double>(i) * 0.012;
    Connection& c = world.active(kClient, ephemeral(i), kThere, 8080);
    establish(c, begin, begin + 0.001);
    wait_in_fin_wait2(c, begin + 0.1);
  }
  return world;
}

World fallbacks() {
  World world;
  add_everyday_life(world);
  for (std::size_t i = 0; i < 7; ++i) {
    const double begin = static_cast<double>(i);
    fail(world.active(kClient, ephemeral(i), "fd00::2", 443, "fd00::1"), begin, begin + 0.2002,
         EndReason::aborted, 0);
    establish(world.active(kClient, ephemeral(i), kThere, 443), begin + 0.2, begin + 0.2001);
  }
  return world;
}

World stuck_queues() {
  World world;
  add_everyday_life(world);
  Connection& reader = world.passive(kServer, 9000, kThere, 30000);
  establish(reader, -5, -4.9);
  reader.receive_queue = 120312;
  world.watch(reader, {at(0.1), {}, {}});
  Connection& sender = world.active(kClient, 30000, kHere, 9000, kThere);
  establish(sender, -5, -4.9);
  sender.send_queue = 40792;
  world.watch(sender, {{}, at(0.1), {}});
  Connection& alone = world.active(kClient, 30001, "10.0.0.9", 9000);
  establish(alone, -5, -4.9);
  alone.send_queue = 500;
  world.watch(alone, {{}, at(0.1), {}});
  return world;
}

}  // namespace conntrail::diagnose::test
