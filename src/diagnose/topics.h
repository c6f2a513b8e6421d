// The topics, one file each.
#pragma once

#include <vector>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose {

[[nodiscard]] std::vector<Finding> diagnose_time_wait(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_connect(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_close_wait(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_listen(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_retransmit(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_queues(const Evidence& evidence);

}  // namespace conntrail::diagnose
