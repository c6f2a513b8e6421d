// The topics, one file each.
#pragma once

#include <string_view>
#include <vector>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose {

namespace topic {
inline constexpr std::string_view kTimeWait = "time-wait";
inline constexpr std::string_view kConnect = "connect";
inline constexpr std::string_view kCloseWait = "close-wait";
inline constexpr std::string_view kListen = "listen";
inline constexpr std::string_view kRetransmit = "retransmit";
inline constexpr std::string_view kQueues = "queues";
}  // namespace topic

[[nodiscard]] std::vector<Finding> diagnose_time_wait(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_connect(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_close_wait(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_listen(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_retransmit(const Evidence& evidence);
[[nodiscard]] std::vector<Finding> diagnose_queues(const Evidence& evidence);

}  // namespace conntrail::diagnose
