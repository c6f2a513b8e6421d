#include "conntrail/recorder/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "conntrail/base/unique_fd.h"

namespace conntrail::recorder {
namespace {

// What a service manager is for its services: a datagram socket with a name.
class Listener {
 public:
  explicit Listener(const std::string& name)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  [[nodiscard]] std::string next() const {
    std::array<char, 256> text{};
    const ssize_t n = recv(fd_.get(), text.data(), text.size(), 0);
    return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : "nothing";
  }

 private:
  UniqueFd fd_;
};

std::string unused_name() { return "@conntrail-test-" + std::to_string(getpid()); }

TEST(ServiceManager, IsToldOfOurState) {
  const Listener listener(unused_name());
  const ServiceManager manager = ServiceManager::from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr) << "no child answers in our place";
  manager.ready("recording");
  EXPECT_EQ(listener.next(), "READY=1\nSTATUS=recording");
  manager.stopping();
  EXPECT_EQ(listener.next(), "STOPPING=1");
}

TEST(ServiceManager, HearsThatWeAreAliveAsOftenAsItWants) {
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  const Listener listener(unused_name());
  ServiceManager manager = ServiceManager::from_environment();
  const MonoTime start{1'000'000'000'000};
  manager.alive(start);
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
  manager.alive(start + std::chrono::milliseconds(900));
  EXPECT_EQ(listener.next(), "nothing");
  manager.alive(start + std::chrono::milliseconds(1100));
  EXPECT_EQ(listener.next(), "WATCHDOG=1");
}

TEST(ServiceManager, AnotherProcessesWatchdogIsNotOurs) {
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  const Listener listener(unused_name());
  ServiceManager manager = ServiceManager::from_environment();
  manager.alive(MonoTime{1'000'000'000'000});
  EXPECT_EQ(listener.next(), "nothing");
}

TEST(ServiceManager, WithoutOneNobodyIsTold) {
  unsetenv("NOTIFY_SOCKET");
  ServiceManager manager = ServiceManager::from_environment();
  manager.ready("recording");
  manager.alive(MonoTime{1});
  setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
  ServiceManager::from_environment().ready("nobody there is no failure");
}

}  // namespace
}  // namespace conntrail::recorder
