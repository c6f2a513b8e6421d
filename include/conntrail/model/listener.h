// Tells listening sockets from connections, for views and the history.
#pragma once

#include "conntrail/model/connection.h"

namespace conntrail {

// It is in LISTEN, or was until it was closed.
[[nodiscard]] bool is_listener(const Connection& connection);

}  // namespace conntrail
