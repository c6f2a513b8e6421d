// What the views say of why a connection ended, beyond its end reason.
#pragma once

#include <string>

#include "conntrail/model/connection.h"

namespace conntrail::view {

// The peer had sent its FIN and reset the connection afterwards: where this side went on sending,
// keep-alive's race; or the peer had let go of its end (tcp_fin_timeout, a kill) before this side closed.
[[nodiscard]] bool was_reset_after_fin(const Connection& connection);
// "SIGKILL"; "signal 34" of those without a name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace conntrail::view
