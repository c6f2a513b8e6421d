// Real TCP sockets in every state that the kernel's tables can show, and UDP sockets, in the caller's network
// namespace (a private one: netfilter rules and a sysctl are set in it). States that need a lost segment are
// made with nftables.
//
// They hold for at least 20 seconds from the construction on: retransmissions go on, timers run, but no state
// changes. The kernel has no TCP socket in CLOSE in its tables: such a socket is in no hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/unique_fd.h"
#include "conntrail/model/socket_row.h"
#include "sockets.h"

namespace conntrail::test {

// What the kernel must say about one of the sockets. Empty optionals: it depends on the kernel's own sizes
// and timing.
struct ExpectedSocket {
  std::string what;  // for the reader of a failing test
  Protocol protocol = Protocol::tcp;
  SocketKind kind = SocketKind::full;
  TcpState state = TcpState::unknown;
  FourTuple tuple;
  std::uint64_t inode = 0;              // 0: time-wait, request, orphan, not yet accepted
  std::optional<std::uint64_t> cookie;  // where a descriptor tells it (SO_COOKIE)
  std::optional<std::uint32_t> receive_queue;
  std::optional<std::uint32_t> send_queue;
  std::optional<std::uint32_t> backlog;  // listeners
  std::optional<TimerKind> timer;
};

class EveryState {
 public:
  // Needs root (nft). Throws std::runtime_error when a state cannot be made.
  explicit EveryState(const std::vector<Flavour>& flavours = {Flavour::inet, Flavour::inet6,
                                                              Flavour::mapped});

  // Every TCP and UDP socket that this object has put into the namespace: in a fresh one these are all there
  // are.
  [[nodiscard]] const std::vector<ExpectedSocket>& sockets() const { return sockets_; }

 private:
  void make(Flavour flavour);
  void make_listening(Flavour flavour);
  void make_established(Flavour flavour);
  void make_timers(Flavour flavour);
  void make_opening(Flavour flavour);
  void make_fast_open(Flavour flavour);
  void make_fin_wait(Flavour flavour);
  void make_time_wait(Flavour flavour);
  void make_closing(Flavour flavour);
  void make_udp(Flavour flavour);

  ExpectedSocket& expect(std::string what, TcpState state, const Endpoint& local, const Endpoint& remote);
  // With its descriptor, which is kept open.
  ExpectedSocket& hold(std::string what, TcpState state, UniqueFd fd);

  NamespaceId netns_;
  Flavour flavour_ = Flavour::inet;
  std::vector<UniqueFd> held_;
  std::vector<ExpectedSocket> sockets_;
};

}  // namespace conntrail::test
