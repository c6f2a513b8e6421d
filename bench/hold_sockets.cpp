// hold_sockets: opens a number of connected loopback sockets in several processes, prints "ready" and holds
// them until its standard input ends. It works in the caller's network namespace, where "lo" must be up; run
// it in one of its own ("unshare -n"). Its children end with it.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <vector>

#include <fmt/core.h>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace {

using conntrail::fail;
using conntrail::fail_errno;
using conntrail::Result;
using conntrail::UniqueFd;

constexpr std::uint16_t kPort = 7777;
// Connections of one listener: well within the ephemeral ports, each end in the same process.
constexpr std::uint32_t kPerListener = 20000;

struct Options {
  std::uint32_t sockets = 10;
  std::uint32_t processes = 1;
};

// Descriptors that a process has open besides the sockets, with room to spare.
constexpr rlim_t kOtherDescriptors = 64;

// How many sockets one process may hold: RLIMIT_NOFILE, raised to `wanted` where that is allowed.
Result<std::uint32_t> sockets_per_process(std::uint32_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("cannot read RLIMIT_NOFILE", errno);
  const rlim_t needed = rlim_t{wanted} + kOtherDescriptors;
  rlimit raised{.rlim_cur = needed, .rlim_max = std::max(limit.rlim_max, needed)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
  raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return fail_errno("cannot raise RLIMIT_NOFILE", errno);
  if (limit.rlim_max <= 2 * kOtherDescriptors) return fail("RLIMIT_NOFILE is too small");
  return static_cast<std::uint32_t>(limit.rlim_max - kOtherDescriptors);
}

// Every listener has an address of its own in 127/8, and so its own four-tuples.
sockaddr_in address_of(std::uint32_t index) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + index);
  return address;
}

Result<UniqueFd> listen_at(const sockaddr_in& address) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("cannot create a socket", errno);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    return fail_errno("cannot listen", errno);
  }
  return fd;
}

// A client and the server's end of it.
Result<void> connect_pair(const sockaddr_in& address, const UniqueFd& listener, std::vector<UniqueFd>& held) {
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!client) return fail_errno("cannot create a socket", errno);
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("cannot connect", errno);
  }
  UniqueFd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!server) return fail_errno("cannot accept", errno);
  held.push_back(std::move(client));
  held.push_back(std::move(server));
  return {};
}

Result<void> open_sockets(std::uint32_t count, std::uint32_t first_address, std::vector<UniqueFd>& held) {
  held.reserve(count);
  while (held.size() < count) {
    const sockaddr_in address = address_of(first_address++);
    auto listener = listen_at(address);
    if (!listener) return std::unexpected(listener.error());
    for (std::uint32_t i = 0; i < kPerListener && held.size() + 3 <= count; ++i) {
      if (auto made = connect_pair(address, *listener, held); !made) return made;
    }
    held.push_back(std::move(*listener));
  }
  return {};
}

// Tells the parent by one byte, then sleeps until it is killed.
[[noreturn]] void hold(std::uint32_t count, std::uint32_t first_address, const UniqueFd& ready,
                       pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  std::vector<UniqueFd> held;
  if (const auto opened = open_sockets(count, first_address, held); !opened) {
    fmt::print(stderr, "hold_sockets: {}\n", format_error(opened.error()));
    ::_exit(1);
  }
  if (::write(ready.get(), "r", 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

Result<void> wait_until_ready(const UniqueFd& ready, std::uint32_t processes) {
  for (std::uint32_t i = 0; i < processes; ++i) {
    char byte = 0;
    ssize_t got = -1;
    do got = ::read(ready.get(), &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got != 1) return fail("a process could not open its sockets");
  }
  return {};
}

Result<void> run(const Options& options) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot create a pipe", errno);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t parent = ::getpid();
  const auto most = sockets_per_process(options.sockets / options.processes + 1);
  if (!most) return std::unexpected(most.error());
  const std::uint32_t processes = std::max(options.processes, (options.sockets + *most - 1) / *most);
  std::vector<pid_t> children;
  const std::uint32_t each = options.sockets / processes;
  for (std::uint32_t i = 0; i < processes; ++i) {
    const std::uint32_t count = each + (i < options.sockets % processes ? 1 : 0);
    const std::uint32_t addresses_each = each / kPerListener + 2;
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("cannot fork", errno);
    if (child == 0) hold(count, i * addresses_each, writing, parent);
    children.push_back(child);
  }
  writing.reset();
  auto ready = wait_until_ready(reading, processes);
  if (ready) {
    fmt::print("ready\n");
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  }
  for (const pid_t child : children) ::kill(child, SIGKILL);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  return ready;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Holds connected loopback sockets in several processes until standard input ends.");
  app.add_option("--sockets", options.sockets, "how many in all, listeners included")
      ->check(CLI::Range(1U, 2'000'000U))
      ->capture_default_str();
  app.add_option("--processes", options.processes,
                 "that share them at least; more where RLIMIT_NOFILE asks for it")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(options); !done) {
    fmt::print(stderr, "hold_sockets: {}\n", format_error(done.error()));
    return exit_code(done.error().kind);
  }
  return 0;
}
