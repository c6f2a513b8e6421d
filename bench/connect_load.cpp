// connect_load: opens and closes loopback connections as fast as it can for a bounded time and prints how
// many it made, as one JSON object on stdout. It works in a network namespace of its own, so neither its
// ports nor its TIME_WAIT sockets are anyone else's, and both go with it.
//
// Every connection ends by a normal close, the client first (or by RST with --reset). Two shapes of load:
//   one process:   connect, accept, close, close, in one thread: no context switch hides the cost of a
//   transition two processes: client and server in lock-step, each waking the other, as real ones do

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include <fmt/core.h>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace {

using conntrail::fail_errno;
using conntrail::Result;
using conntrail::UniqueFd;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 7777;

struct Options {
  double seconds = 5;
  double warm_up_seconds = 0.5;
  std::string processes = "one";
  // Server addresses 127.0.0.1 … are used in turn. Each gives the client another 64 000 ports, so that no
  // port is waited for while its last connection is in TIME_WAIT.
  std::uint32_t addresses = 64;
  // The kernel's default is full after some seconds of this load, and closes without TIME_WAIT from then on.
  std::uint32_t time_wait_buckets = 1U << 22U;
  bool reset = false;
};

Result<void> write_sysctl(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/ipv4/" + name);
  file << value << std::flush;
  if (!file) return fail_errno("cannot set net.ipv4." + name, errno);
  return {};
}

Result<void> enter_namespace(const Options& options) {
  if (::unshare(CLONE_NEWNET) != 0) {
    return fail_errno("cannot make a network namespace", errno, "run as root");
  }
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) return fail_errno("cannot bring lo up", errno);
  if (auto set = write_sysctl("ip_local_port_range", "1024 65535"); !set) return set;
  return write_sysctl("tcp_max_tw_buckets", std::to_string(options.time_wait_buckets));
}

sockaddr_in loopback(std::uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

Result<UniqueFd> listen_everywhere() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("cannot create a socket", errno);
  const sockaddr_in address = loopback(INADDR_ANY);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    return fail_errno("cannot listen", errno);
  }
  return fd;
}

Result<UniqueFd> connect_to(std::uint32_t index, const Options& options) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("cannot create a socket", errno);
  const sockaddr_in address = loopback(INADDR_LOOPBACK + index % options.addresses);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("cannot connect", errno, "EADDRNOTAVAIL: more --addresses give more ports");
  }
  if (options.reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0) {
      return fail_errno("cannot set SO_LINGER", errno);
    }
  }
  return fd;
}

// One connection with both ends in this process.
Result<void> open_and_close(std::uint32_t index, const Options& options, const UniqueFd& listener) {
  auto client = connect_to(index, options);
  if (!client) return std::unexpected(client.error());
  const UniqueFd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!server) return fail_errno("cannot accept", errno);
  client->reset();
  return {};
}

// One connection to the server process. The server closes when it is told that the client is done, and only
// then is the next one opened, so the accept queue cannot overflow.
Result<void> call_and_wait(std::uint32_t index, const Options& options) {
  const auto client = connect_to(index, options);
  if (!client) return std::unexpected(client.error());
  if (options.reset) return {};
  char byte = 0;
  if (::shutdown(client->get(), SHUT_WR) != 0 || ::read(client->get(), &byte, 1) != 0) {
    return fail_errno("the server did not close in turn", errno);
  }
  return {};
}

// Until the client ends and takes this process with it.
[[noreturn]] void serve(const UniqueFd& listener) {
  char byte = 0;
  for (;;) {
    const UniqueFd peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) ::_exit(1);
    // The end of the stream, or the reset: either way this connection is over.
    static_cast<void>(::read(peer.get(), &byte, 1));
  }
}

template <class Connection>
Result<void> measure(const Options& options, Connection&& connection) {
  const auto start = Clock::now();
  const auto warm = start + std::chrono::duration<double>(options.warm_up_seconds);
  const auto end = warm + std::chrono::duration<double>(options.seconds);
  std::uint32_t made = 0;
  std::uint32_t made_warming_up = 0;
  auto counted_from = start;
  auto now = start;
  for (bool warming_up = true; now < end; now = Clock::now()) {
    if (warming_up && now >= warm) {
      warming_up = false;
      made_warming_up = made;
      counted_from = now;
    }
    if (auto done = connection(made); !done) return done;
    ++made;
  }
  const double seconds = std::chrono::duration<double>(now - counted_from).count();
  const std::uint32_t counted = made - made_warming_up;
  fmt::print(
      "{{\"processes\": \"{}\", \"connections_total\": {}, \"connections\": {}, \"seconds\": {:.3f}, "
      "\"rate\": {:.0f}}}\n",
      options.processes, made, counted, seconds, counted / seconds);
  return {};
}

Result<void> run(const Options& options) {
  if (auto entered = enter_namespace(options); !entered) return entered;
  const auto listener = listen_everywhere();
  if (!listener) return std::unexpected(listener.error());
  if (options.processes == "one") {
    return measure(options, [&](std::uint32_t index) { return open_and_close(index, options, *listener); });
  }
  const pid_t parent = ::getpid();
  const pid_t server = ::fork();
  if (server < 0) return fail_errno("cannot fork", errno);
  if (server == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    serve(*listener);
  }
  auto measured = measure(options, [&](std::uint32_t index) { return call_and_wait(index, options); });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  return measured;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Opens and closes loopback connections as fast as it can, in a network namespace of its own.");
  app.add_option("--seconds", options.seconds, "how long to count")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up_seconds, "seconds of load before that")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--processes", options.processes, "both ends in one process, or client and server apart")
      ->check(CLI::IsMember({"one", "two"}))
      ->capture_default_str();
  app.add_option("--addresses", options.addresses, "server addresses to go round")
      ->check(CLI::Range(1, 250))
      ->capture_default_str();
  app.add_option("--time-wait-buckets", options.time_wait_buckets, "tcp_max_tw_buckets of the namespace")
      ->capture_default_str();
  app.add_flag("--reset", options.reset, "clients end by RST (SO_LINGER 0) instead of a normal close");
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(options); !done) {
    fmt::print(stderr, "connect_load: {}\n", format_error(done.error()));
    return exit_code(done.error().kind);
  }
  return 0;
}
