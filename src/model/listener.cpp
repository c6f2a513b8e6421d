#include "conntrail/model/listener.h"

#include <algorithm>

namespace conntrail {

bool is_listener(const Connection& connection) {
  return connection.state == TcpState::listen ||
         std::ranges::any_of(connection.trail,
                             [](const TrailStep& s) { return s.state == TcpState::listen; });
}

}  // namespace conntrail
