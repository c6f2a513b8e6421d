// The finding "resets" of topic retransmit.
#pragma once

#include <optional>
#include <string_view>

#include "conntrail/diagnose/diagnose.h"

namespace conntrail::diagnose {

[[nodiscard]] std::optional<Finding> resets(const Evidence& evidence);

// What a reason means: one of the kernel (enum sk_rst_reason, without its prefix), or LISTENER_CLOSED; empty
// for one not known here.
[[nodiscard]] std::string_view meaning_of_reset(std::string_view reason);

}  // namespace conntrail::diagnose
