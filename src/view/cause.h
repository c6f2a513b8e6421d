// What the views say of why a connection ended, beyond its end reason.
#pragma once

#include <string>

#include "conntrail/model/connection.h"

namespace conntrail::view {

// Whether closed_first says something: of a living connection that nobody has closed there is nothing to say,
// and where both FINs are known and their order is not, it is not known.
[[nodiscard]] bool knows_closed_first(const Connection& connection);
// The peer had sent its FIN and reset the connection when this side went on sending: keep-alive's race.
[[nodiscard]] bool was_reset_after_fin(const Connection& connection);
// "SIGKILL"; "signal 34" of those without a name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace conntrail::view
