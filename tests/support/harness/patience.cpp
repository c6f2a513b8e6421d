#include "patience.h"

#include <cstdlib>
#include <string_view>
#include <thread>

namespace conntrail::live {

bool slow_machine() {
  const char* value = std::getenv("CONNTRAIL_TEST_SLOW");
  return value != nullptr && std::string_view(value) == "1";
}

Duration patience(Duration bound) { return slow_machine() ? bound * 8 : bound; }

bool eventually(const std::function<bool()>& done, Duration bound) {
  const auto end = std::chrono::steady_clock::now() + patience(bound);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return done();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void pause_for(Duration duration) { std::this_thread::sleep_for(duration); }

std::uint64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace conntrail::live
