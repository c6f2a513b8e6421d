// Which records are listening sockets: views and the history tell them from connections.
#pragma once

#include "conntrail/model/connection.h"

namespace conntrail {

// It is in LISTEN, or was until it was closed.
[[nodiscard]] bool is_listener(const Connection& connection);

}  // namespace conntrail
