#include "cause.h"

#include <cstring>

namespace conntrail::view {

bool was_reset_after_fin(const Connection& connection) {
  return connection.end_reason == EndReason::reset_by_peer && connection.fin_received;
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

}  // namespace conntrail::view
