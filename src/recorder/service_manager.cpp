#include "conntrail/recorder/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "conntrail/base/text.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::recorder {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value != nullptr ? value : "";
  unsetenv(name);
  return out;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.socket_ = take_variable("NOTIFY_SOCKET");
  const auto microseconds = parse_number<std::int64_t>(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  if (microseconds && *microseconds > 0 && (pid.empty() || parse_number<pid_t>(pid) == getpid()))
    manager.watchdog_ = std::chrono::microseconds(*microseconds);
  return manager;
}

void ServiceManager::ready(std::string_view status) const { send("READY=1\nSTATUS=" + std::string(status)); }

void ServiceManager::stopping() const { send("STOPPING=1"); }

void ServiceManager::alive(MonoTime now) {
  if (!watchdog_ || (told_.known() && now - told_ < *watchdog_ / 2)) return;
  told_ = now;
  send("WATCHDOG=1");
}

void ServiceManager::send(std::string_view text) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // An absent manager is not a reason to stop: it would be the one to notice that we are gone.
  static_cast<void>(sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), length));
}

}  // namespace conntrail::recorder
