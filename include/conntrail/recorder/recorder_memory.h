// What a running recorder remembers of living connections: trails, opening times, owners of time-wait
// sockets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"
#include "conntrail/netstat/recorded_owners.h"

namespace conntrail::recorder {

// The connections that live in the database at `path` (empty: the default one), with times of this boot's
// clock, when a recorder of this boot is writing it at this moment; an error that says what is missing
// otherwise.
[[nodiscard]] Result<std::vector<Connection>> recorder_memory(const std::string& path);

// The same as owners by cookie, for netstat.
[[nodiscard]] Result<netstat::RecordedOwners> recorded_owners(const std::string& path);

}  // namespace conntrail::recorder
