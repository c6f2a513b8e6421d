#include "every_state.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "command.h"
#include "netns.h"

namespace conntrail::test {

namespace {

constexpr const char* kSyn = "syn";
constexpr const char* kSynAck = "syn|ack";
constexpr const char* kAck = "ack";

// Rules of the chain that all received segments pass. On the input side the sender believes that they went
// out. A port is one flavour's own only together with the protocol on the wire: IPv4 and IPv6 sockets may
// have the same one.
class Loss {
 public:
  explicit Loss(Flavour flavour) : wire_(flavour == Flavour::inet6 ? "ipv6" : "ipv4") {}

  void to(std::uint16_t port) const { drop({"dport", std::to_string(port)}); }
  void from(std::uint16_t port) const { drop({"sport", std::to_string(port)}); }
  // Only segments with just these of the flags SYN and ACK.
  void flagged(const char* direction, std::uint16_t port, const char* flags) const {
    drop({direction, std::to_string(port), "tcp", "flags", "&", "(syn|ack)", "==", flags});
  }

 private:
  void drop(const std::vector<std::string>& match) const {
    std::vector<std::string> words{"nft",   "add",  "rule",    "inet", "every_state",
                                   "input", "meta", "nfproto", wire_,  "tcp"};
    words.insert(words.end(), match.begin(), match.end());
    words.emplace_back("drop");
    must_run(words);
  }

  const char* wire_;
};

void half_close(int fd) {
  if (::shutdown(fd, SHUT_WR) != 0) throw std::runtime_error("shutdown");
}

void wait_for(int fd, TcpState state) {
  wait_until(tcp_state_name(state), [=] { return tcp_state_of(fd) == state; });
}

// A port that nobody else gets while the descriptor lives; bound sockets are in no table that a snapshot
// shows.
UniqueFd reserve_port(Flavour flavour, Endpoint& where) {
  UniqueFd fd = tcp_socket(flavour);
  bind_to(fd.get(), {loopback_of(flavour), 0});
  where = local_endpoint(fd.get());
  return fd;
}

}  // namespace

EveryState::EveryState(const std::vector<Flavour>& flavours) : netns_(current_namespace_id()) {
  must_run({"nft", "add", "table", "inet", "every_state"});
  must_run(
      {"nft", "add", "chain", "inet", "every_state", "input", "{ type filter hook input priority 0 ; }"});
  // Client and server, without cookies, for every listener that asks.
  write_file("/proc/sys/net/ipv4/tcp_fastopen", "519");
  for (const Flavour flavour : flavours) make(flavour);
}

void EveryState::make(Flavour flavour) {
  flavour_ = flavour;
  make_listening(flavour);
  make_established(flavour);
  make_timers(flavour);
  make_opening(flavour);
  make_fast_open(flavour);
  make_fin_wait(flavour);
  make_time_wait(flavour);
  make_closing(flavour);
  make_udp(flavour);
}

ExpectedSocket& EveryState::expect(std::string what, TcpState state, const Endpoint& local,
                                   const Endpoint& remote) {
  ExpectedSocket socket;
  socket.what = std::string(flavour_name(flavour_)) + ": " + std::move(what);
  socket.state = state;
  socket.tuple = {netns_.inode, family_of(flavour_), local, remote, netns_.cookie};
  // The kernel prints the wildcard remote of a listener as the family's any address.
  socket.tuple.remote.address.family = family_of(flavour_);
  return sockets_.emplace_back(std::move(socket));
}

ExpectedSocket& EveryState::hold(std::string what, TcpState state, UniqueFd fd) {
  Endpoint remote;
  if (state != TcpState::listen && state != TcpState::close) {
    sockaddr_storage unused{};
    socklen_t length = sizeof(unused);
    // A socket that is only connecting has no peer name yet; its caller fills that in.
    if (::getpeername(fd.get(), reinterpret_cast<sockaddr*>(&unused), &length) == 0) {
      remote = remote_endpoint(fd.get());
    }
  }
  ExpectedSocket& socket = expect(std::move(what), state, local_endpoint(fd.get()), remote);
  socket.inode = inode_of(fd.get());
  socket.cookie = cookie_of(fd.get());
  held_.push_back(std::move(fd));
  return socket;
}

void EveryState::make_listening(Flavour flavour) {
  UniqueFd listener = listen_at_loopback(flavour, 5);
  const Endpoint server = local_endpoint(listener.get());
  for (int i = 0; i < 2; ++i) {
    UniqueFd client = tcp_socket(flavour);
    connect_to(client.get(), server);
    expect("not yet accepted", TcpState::established, server, local_endpoint(client.get()));
    hold("client of a listener that does not accept", TcpState::established, std::move(client));
  }
  auto& socket = hold("listener with two waiting connections", TcpState::listen, std::move(listener));
  socket.receive_queue = 2;
  socket.send_queue = 0;
  socket.backlog = 5;
  socket.timer = TimerKind::off;

  UniqueFd any = tcp_socket(flavour);
  if (::listen(any.get(), 7) != 0) throw std::runtime_error("listen");  // bound to the wildcard by that
  auto& wildcard = hold("listener on the wildcard address", TcpState::listen, std::move(any));
  wildcard.receive_queue = 0;
  wildcard.backlog = 7;
}

void EveryState::make_established(Flavour flavour) {
  Link link = make_link(flavour);
  send_bytes(link.client.get(), 100);
  wait_until("100 octets to read", [&] {
    std::array<char, 128> data{};
    return ::recv(link.server.get(), data.data(), data.size(), MSG_PEEK) == 100;
  });
  auto& client = hold("client, idle", TcpState::established, std::move(link.client));
  client.receive_queue = client.send_queue = 0;
  auto& server = hold("server with 100 unread octets", TcpState::established, std::move(link.server));
  server.receive_queue = 100;
  server.send_queue = 0;
  server.timer = TimerKind::off;
}

void EveryState::make_timers(Flavour flavour) {
  Link kept = make_link(flavour);
  set_option(kept.client.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  hold("keepalive timer", TcpState::established, std::move(kept.client)).timer = TimerKind::keepalive;
  hold("peer of the keepalive timer", TcpState::established, std::move(kept.server)).timer = TimerKind::off;

  Link lossy = make_link(flavour);
  Loss(flavour).to(lossy.server_end.port);
  send_bytes(lossy.client.get(), 10);
  auto& sender = hold("retransmit timer", TcpState::established, std::move(lossy.client));
  sender.send_queue = 10;
  sender.timer = TimerKind::retransmit;
  hold("peer that gets nothing", TcpState::established, std::move(lossy.server)).receive_queue = 0;

  Link full = make_link(flavour, [](int fd) { set_option(fd, SOL_SOCKET, SO_RCVBUF, 4096); });
  const std::vector<char> data(65536, 'x');
  // A fixed amount that is far more than the window, and less than the send buffer.
  if (::send(full.client.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) <= 0) {
    throw std::runtime_error("send");
  }
  wait_until("a closed window", [&] {
    tcp_info info{};
    socklen_t length = sizeof(info);
    return ::getsockopt(full.client.get(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
           info.tcpi_unacked == 0 && info.tcpi_notsent_bytes > 0 && info.tcpi_probes > 0;
  });
  hold("probe timer", TcpState::established, std::move(full.client)).timer = TimerKind::probe;
  hold("peer with a closed window", TcpState::established, std::move(full.server)).send_queue = 0;
}

void EveryState::make_opening(Flavour flavour) {
  Endpoint nobody;
  held_.push_back(reserve_port(flavour, nobody));
  Loss(flavour).flagged("dport", nobody.port, kSyn);
  UniqueFd client = tcp_socket(flavour);
  connect_to(client.get(), nobody, true);
  auto& black_hole = hold("SYN into a black hole", TcpState::syn_sent, std::move(client));
  black_hole.tuple.remote = nobody;
  black_hole.send_queue = 1;
  black_hole.timer = TimerKind::retransmit;

  for (const bool lose_ack : {true, false}) {
    UniqueFd listener = listen_at_loopback(flavour, 5);
    const Endpoint server = local_endpoint(listener.get());
    Loss(flavour).flagged(lose_ack ? "dport" : "sport", server.port, lose_ack ? kAck : kSynAck);
    client = tcp_socket(flavour);
    connect_to(client.get(), server, true);
    const Endpoint client_end = local_endpoint(client.get());
    auto& request = expect(lose_ack ? "request whose last ACK is lost" : "request whose SYN-ACK is lost",
                           TcpState::syn_recv, server, client_end);
    request.kind = SocketKind::request;
    request.receive_queue = request.send_queue = 0;
    request.timer = TimerKind::retransmit;
    if (lose_ack) {
      wait_for(client.get(), TcpState::established);
      hold("client whose last ACK is lost", TcpState::established, std::move(client));
    } else {
      hold("client whose SYN-ACK is lost", TcpState::syn_sent, std::move(client)).tuple.remote = server;
    }
    hold("listener with a request", TcpState::listen, std::move(listener)).receive_queue = 0;
  }
}

void EveryState::make_fast_open(Flavour flavour) {
  UniqueFd listener = tcp_socket(flavour);
  bind_to(listener.get(), {loopback_of(flavour), 0});
  set_option(listener.get(), IPPROTO_TCP, TCP_FASTOPEN, 5);
  if (::listen(listener.get(), 5) != 0) throw std::runtime_error("listen");
  const Endpoint server = local_endpoint(listener.get());
  Loss(flavour).flagged("sport", server.port, kSynAck);
  UniqueFd client = tcp_socket(flavour);
  set_option(client.get(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  connect_to(client.get(), server, true);
  // The connect above only took note; this sends the SYN, with data in it.
  if (::send(client.get(), "hello", 5, MSG_NOSIGNAL) < 0 && errno != EINPROGRESS) {
    throw std::runtime_error(std::string("fast open: ") + std::strerror(errno));
  }
  UniqueFd accepted = accept_from(listener.get());
  wait_for(accepted.get(), TcpState::syn_recv);
  const Endpoint client_end = local_endpoint(client.get());
  auto& child = expect("full socket in SYN_RECV (fast open)", TcpState::syn_recv, server, client_end);
  child.inode = inode_of(accepted.get());
  child.cookie = cookie_of(accepted.get());
  child.receive_queue = 5;
  held_.push_back(std::move(accepted));
  hold("fast open client", TcpState::syn_sent, std::move(client)).tuple.remote = server;
  hold("fast open listener", TcpState::listen, std::move(listener));
}

void EveryState::make_fin_wait(Flavour flavour) {
  Link lost = make_link(flavour);
  Loss(flavour).to(lost.server_end.port);
  half_close(lost.client.get());
  auto& wait1 = hold("FIN lost", TcpState::fin_wait1, std::move(lost.client));
  wait1.send_queue = 1;
  wait1.timer = TimerKind::retransmit;
  hold("peer of the lost FIN", TcpState::established, std::move(lost.server));

  Link orphan = make_link(flavour);
  Loss(flavour).to(orphan.server_end.port);
  orphan.client.reset();
  expect("FIN lost, orphan", TcpState::fin_wait1, orphan.client_end, orphan.server_end).send_queue = 1;
  hold("peer of the orphan", TcpState::established, std::move(orphan.server));

  Link half = make_link(flavour);
  half_close(half.client.get());
  wait_for(half.server.get(), TcpState::close_wait);
  wait_for(half.client.get(), TcpState::fin_wait2);
  hold("half closed, full socket", TcpState::fin_wait2, std::move(half.client)).send_queue = 0;
  hold("peer of the half closed", TcpState::close_wait, std::move(half.server));

  // Longer than the 60 s that the kernel gives to a minisock: the orphan stays a full socket until the rest
  // is 60 s.
  Link patient = make_link(flavour);
  set_option(patient.client.get(), IPPROTO_TCP, TCP_LINGER2, 120);
  patient.client.reset();
  wait_for(patient.server.get(), TcpState::close_wait);
  expect("FIN_WAIT2 orphan, full socket", TcpState::fin_wait2, patient.client_end, patient.server_end).timer =
      TimerKind::keepalive;
  hold("peer of the patient orphan", TcpState::close_wait, std::move(patient.server));
}

void EveryState::make_time_wait(Flavour flavour) {
  Link waiting = make_link(flavour);
  waiting.client.reset();
  wait_for(waiting.server.get(), TcpState::close_wait);
  auto& substate =
      expect("FIN_WAIT2 in a time-wait socket", TcpState::fin_wait2, waiting.client_end, waiting.server_end);
  substate.kind = SocketKind::time_wait;
  substate.timer = TimerKind::time_wait;
  hold("peer of the time-wait socket", TcpState::close_wait, std::move(waiting.server));

  Link ended = make_link(flavour);
  ended.client.reset();
  wait_for(ended.server.get(), TcpState::close_wait);
  ended.server.reset();
  auto& time_wait = expect("TIME_WAIT", TcpState::time_wait, ended.client_end, ended.server_end);
  time_wait.kind = SocketKind::time_wait;
  time_wait.receive_queue = time_wait.send_queue = 0;
  time_wait.timer = TimerKind::time_wait;
}

void EveryState::make_closing(Flavour flavour) {
  Link last = make_link(flavour);
  half_close(last.client.get());
  wait_for(last.client.get(), TcpState::fin_wait2);
  Loss(flavour).from(last.server_end.port);
  last.server.reset();
  expect("LAST_ACK, orphan", TcpState::last_ack, last.server_end, last.client_end).send_queue = 1;
  hold("peer of LAST_ACK", TcpState::fin_wait2, std::move(last.client));

  Link both = make_link(flavour);
  Loss(flavour).to(both.server_end.port);
  half_close(both.client.get());  // its FIN is lost
  half_close(both.server.get());  // this one arrives, its acknowledgement is lost
  wait_for(both.client.get(), TcpState::closing);
  hold("both closed, own FIN lost", TcpState::closing, std::move(both.client)).send_queue = 1;
  hold("both closed, acknowledgement lost", TcpState::fin_wait1, std::move(both.server)).send_queue = 1;
}

void EveryState::make_udp(Flavour flavour) {
  UniqueFd bound = udp_socket(flavour);
  bind_to(bound.get(), {loopback_of(flavour), 0});
  UniqueFd connected = udp_socket(flavour);
  connect_to(connected.get(), local_endpoint(bound.get()));
  send_bytes(connected.get(), 50);
  auto& receiver = hold("bound, one datagram unread", TcpState::close, std::move(bound));
  receiver.protocol = Protocol::udp;
  receiver.send_queue = 0;
  auto& sender = hold("connected", TcpState::established, std::move(connected));
  sender.protocol = Protocol::udp;
  sender.receive_queue = 0;
}

}  // namespace conntrail::test
