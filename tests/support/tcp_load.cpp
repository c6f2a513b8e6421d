#include "tcp_load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <new>
#include <stdexcept>
#include <vector>

#include "command.h"
#include "conntrail/base/unique_fd.h"
#include "fail_with_errno.h"

namespace conntrail::test {

namespace {

using std::chrono::nanoseconds;

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void sleep_until(std::int64_t ns) {
  const timespec time{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
  }
}

sockaddr_in address_of(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

UniqueFd tcp_socket(int flags = 0) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) fail_with_errno("socket");
  return fd;
}

void read_to_end(int fd) {
  std::array<char, 65536> data{};
  ssize_t length = 0;
  while ((length = ::read(fd, data.data(), data.size())) > 0 || (length < 0 && errno == EINTR)) {
  }
}

// Reads from all of them until each has ended.
class Sink {
 public:
  void add(UniqueFd fd) { open_.push_back(std::move(fd)); }
  // Waits up to `timeout` for the listener or data; true when the listener has a connection.
  bool wait(int listener, int timeout_ms) {
    std::vector<pollfd> waiting{{listener, POLLIN, 0}};
    for (const UniqueFd& fd : open_) waiting.push_back({fd.get(), POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), timeout_ms) <= 0) return false;
    std::array<char, 65536> data{};
    for (std::size_t i = waiting.size() - 1; i > 0; --i) {
      if (waiting[i].revents == 0 || ::read(waiting[i].fd, data.data(), data.size()) > 0) continue;
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    return waiting[0].revents != 0;
  }

 private:
  std::vector<UniqueFd> open_;
};

void serve(const ServerOptions& options, LoadReport& report, const std::function<void()>& ready) {
  UniqueFd listener = tcp_socket();
  const int yes = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = address_of(Cable::kServerAddress, options.port);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), options.backlog) != 0) {
    fail_with_errno("listen");
  }
  ready();
  std::vector<UniqueFd> kept;
  Sink sink;
  for (;;) {
    if (options.accept_every.count() > 0) sleep_until(now_ns() + nanoseconds(options.accept_every).count());
    if (options.serve == Serve::sink && !sink.wait(listener.get(), -1)) continue;
    UniqueFd peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) continue;
    ++report.done;
    switch (options.serve) {
      case Serve::close_in_turn:
        read_to_end(peer.get());
        break;
      case Serve::close_first:
        break;
      case Serve::never_close:
        kept.push_back(std::move(peer));
        continue;
      case Serve::sink:
        sink.add(std::move(peer));
        continue;
    }
    peer.reset();
    ++report.closed;
  }
}

void choose_ports(int fd, const ClientOptions& options) {
  constexpr int kIpLocalPortRange = 51;  // linux/in.h of Linux 6.3
  const std::uint32_t range = std::uint32_t{options.high_port} << 16 | options.low_port;
  if (range == 0) return;
  if (::setsockopt(fd, IPPROTO_IP, kIpLocalPortRange, &range, sizeof range) != 0) {
    fail_with_errno("IP_LOCAL_PORT_RANGE");
  }
}

// False: EADDRNOTAVAIL.
bool connect_once(const ClientOptions& options, LoadReport& report, std::vector<UniqueFd>& kept) {
  UniqueFd fd = tcp_socket(options.call == Call::keep ? SOCK_NONBLOCK : 0);
  const sockaddr_in address = address_of(Cable::kServerAddress, options.port);
  choose_ports(fd.get(), options);
  const std::int64_t begin = now_ns();
  const int outcome = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (outcome != 0 && errno == EADDRNOTAVAIL) {
    report.no_port_at = begin;
    return false;
  }
  if (outcome != 0 && !(options.call == Call::keep && errno == EINPROGRESS)) return true;
  ++report.done;
  if (options.call == Call::keep || options.call == Call::stream) {
    const int yes = 1;  // each piece is a segment of its own
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    kept.push_back(std::move(fd));
    return true;
  }
  if (options.call == Call::await_close) read_to_end(fd.get());
  fd.reset();
  ++report.closed;
  return true;
}

void call(const ClientOptions& options, LoadReport& report) {
  std::vector<UniqueFd> kept;
  const std::vector<char> data(1000, 'x');
  const std::int64_t begin = now_ns();
  report.started_at = begin;
  for (std::uint64_t i = 0; options.most == 0 || i < options.most; ++i) {
    sleep_until(begin + static_cast<std::int64_t>(1e9 * static_cast<double>(i) / options.per_second));
    if (report.stop || !connect_once(options, report, kept)) break;
  }
  constexpr std::int64_t kPause = 2'000'000;
  while (options.call == Call::stream && !report.stop) {
    for (const UniqueFd& fd : kept)
      (void)!::send(fd.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    sleep_until(now_ns() + kPause);
  }
  for (;;) ::pause();  // what was kept stays open
}

}  // namespace

Cable::Cable() {
  must_run({"ip", "-n", client_.name(), "link", "add", "cable", "type", "veth", "peer", "name", "cable",
            "netns", server_.name()});
  const auto up = [](const NamedNamespace& where, const char* address) {
    must_run({"ip", "-n", where.name(), "address", "add", std::string(address) + "/24", "dev", "cable"});
    must_run({"ip", "-n", where.name(), "link", "set", "cable", "up"});
  };
  up(client_, kClientAddress);
  up(server_, kServerAddress);
  const auto nft = [&](const std::vector<std::string>& words) {
    std::vector<std::string> all{"ip", "netns", "exec", server_.name(), "nft"};
    all.insert(all.end(), words.begin(), words.end());
    must_run(all);
  };
  nft({"add", "table", "inet", "cable"});
  nft({"add", "chain", "inet", "cable", "input", "{ type filter hook input priority 0 ; }"});
}

void Cable::at_server_input(const std::string& rule) const {
  must_run({"ip", "netns", "exec", server_.name(), "nft", "add rule inet cable input " + rule});
}

void Cable::sysctl(const NamedNamespace& where, const std::string& name, const std::string& value) {
  std::string path = "/proc/sys/" + name;
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  in_namespace(where.path(), [&] { write_file(path, value); });
}

LoadProcess::LoadProcess(const std::string& name, const NamedNamespace& where, const Body& body) {
  void* shared =
      ::mmap(nullptr, sizeof(LoadReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail_with_errno("mmap");
  report_ = new (shared) LoadReport;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_with_errno("pipe2");
  UniqueFd told(ends[0]);
  UniqueFd tell(ends[1]);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail_with_errno("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::prctl(PR_SET_NAME, name.c_str());
    const auto say = [&](const std::string& text) { (void)!::write(tell.get(), text.data(), text.size()); };
    try {
      const UniqueFd target(::open(where.path().c_str(), O_RDONLY | O_CLOEXEC));
      if (!target || ::setns(target.get(), CLONE_NEWNET) != 0) fail_with_errno("setns");
      body(*report_, [&] { say("ready"); });
    } catch (const std::exception& error) {
      say(error.what());
    }
    ::_exit(1);
  }
  tell.reset();
  std::array<char, 512> answer{};
  const ssize_t length = ::read(told.get(), answer.data(), answer.size());
  const std::string text(answer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  if (text != "ready") {
    stop();
    throw std::runtime_error(name + ": " + text);
  }
}

void LoadProcess::stop() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
  ::munmap(report_, sizeof(LoadReport));
}

LoadProcess::Body server(const ServerOptions& options) {
  return [options](LoadReport& report, const std::function<void()>& ready) { serve(options, report, ready); };
}

LoadProcess::Body client(const ClientOptions& options) {
  return [options](LoadReport& report, const std::function<void()>& ready) {
    ready();
    call(options, report);
  };
}

}  // namespace conntrail::test
