// Load for tests: processes of their own that serve or open TCP connections in a given network namespace at a
// given pace, and two namespaces joined by a cable. Everything throws std::runtime_error when it cannot do
// its work; the processes are killed with their objects, and end with the test whatever happens to it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "netns.h"

namespace conntrail::test {

// Two namespaces and a veth pair between them: not loopback, so that the kernel treats the connections as it
// does those of two hosts (tcp_tw_reuse = 2 does not apply).
class Cable {
 public:
  Cable();
  [[nodiscard]] const NamedNamespace& client() const { return client_; }
  [[nodiscard]] const NamedNamespace& server() const { return server_; }
  static constexpr const char* kClientAddress = "10.9.0.1";
  static constexpr const char* kServerAddress = "10.9.0.2";
  // An nftables rule for TCP segments that come in at the server, such as "tcp dport 81 drop".
  void at_server_input(const std::string& rule) const;
  // "net.ipv4.tcp_syn_retries" in one of the namespaces.
  static void sysctl(const NamedNamespace& where, const std::string& name, const std::string& value);

 private:
  NamedNamespace client_;
  NamedNamespace server_;
};

// What a load process tells while it runs. Times are CLOCK_MONOTONIC ns.
struct LoadReport {
  std::atomic<std::uint64_t> done{0};       // connections opened, or accepted
  std::atomic<std::uint64_t> closed{0};     // of these, closed by this process
  std::atomic<std::int64_t> no_port_at{0};  // the first EADDRNOTAVAIL
  std::atomic<std::int64_t> started_at{0};  // the first connection's
  std::atomic<bool> stop{false};            // the test wants no more connections
};

class LoadProcess {
 public:
  // Forks; the child is called `name` (15 bytes), enters `where` and runs `body`, which calls `ready` once
  // and never returns. The constructor waits for that call.
  using Body = std::function<void(LoadReport& report, const std::function<void()>& ready)>;
  LoadProcess(const std::string& name, const NamedNamespace& where, const Body& body);
  LoadProcess(const LoadProcess&) = delete;
  LoadProcess& operator=(const LoadProcess&) = delete;
  ~LoadProcess() { stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] LoadReport& report() const { return *report_; }

 private:
  void stop();  // kills it and waits for its end

  LoadReport* report_ = nullptr;  // shared with the child
  pid_t pid_ = -1;
};

enum class Serve : std::uint8_t {
  close_in_turn,  // close when the peer has closed
  close_first,    // close at once
  never_close,    // keep it, whatever the peer does
  sink,           // read all, close in turn; as many connections at a time as come
};
struct ServerOptions {
  std::uint16_t port = 0;
  int backlog = 4096;
  Serve serve = Serve::close_in_turn;
  std::chrono::milliseconds accept_every{0};  // a pause before each accept
};
[[nodiscard]] LoadProcess::Body server(const ServerOptions& options);

enum class Call : std::uint8_t {
  close,        // connect, close at once
  await_close,  // connect, wait until the peer closes, close
  keep,         // connect without waiting, keep it
  stream,       // connect, then send 16 kB now and then on it, keep it
};
struct ClientOptions {
  std::uint16_t port = 0;
  double per_second = 1;   // at an even pace; what was missed is made up for
  std::uint64_t most = 0;  // connections in all; 0: until stopped
  Call call = Call::close;
};
// Goes on after a failure, but for EADDRNOTAVAIL, which ends it.
[[nodiscard]] LoadProcess::Body client(const ClientOptions& options);

}  // namespace conntrail::test
