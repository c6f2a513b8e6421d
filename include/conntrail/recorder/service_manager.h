// The service manager that started us (systemd), which wants to know our state: sd_notify(3) without its
// library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/clock.h"

namespace conntrail::recorder {

class ServiceManager {
 public:
  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; without the first, nothing is sent. The variables are
  // removed from the environment, so that no child answers in our place.
  [[nodiscard]] static ServiceManager from_environment();

  void ready(std::string_view status) const;
  void stopping() const;
  // Says that we are alive, where that is expected, twice as often as it must be.
  void alive(MonoTime now);

 private:
  void send(std::string_view text) const;

  std::string socket_;  // empty: none
  std::optional<Nanoseconds> watchdog_;
  MonoTime told_;
};

}  // namespace conntrail::recorder
