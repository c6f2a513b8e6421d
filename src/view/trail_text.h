// A connection's trail as text: "SYN_SENT 1.2ms › ESTABLISHED 3.4s › CLOSE".
#pragma once

#include <cstddef>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "owner_text.h"

namespace conntrail::view {

struct TrailOptions {
  MonoTime now;                 // closes the present state; unknown: the present state has no time
  std::size_t most = kNoLimit;  // columns; the oldest steps give way to "…"
  bool with_present =
      true;  // false: only the states it has left, for a table that shows state and age already
};

[[nodiscard]] std::string trail_text(const Connection& connection, const TrailOptions& options);

}  // namespace conntrail::view
