// The finding "port-exhaustion" of topic time-wait.
#pragma once

#include <optional>

#include "conntrail/diagnose/diagnose.h"
#include "port_use.h"

namespace conntrail::diagnose {

// Empty when no destination is short of ports.
[[nodiscard]] std::optional<Finding> port_exhaustion(const Evidence& evidence, const PortSurvey& survey);

}  // namespace conntrail::diagnose
