// A finding as one JSON object on a line (docs/records.md, "diagnose: finding").
#pragma once

#include <optional>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/model/finding.h"

namespace conntrail::view {

// Appends the object and a newline. What is not known is an absent key; so are moments without a clock.
void append_finding_json(std::string& out, const Finding& finding,
                         const std::optional<WallClock>& clock = std::nullopt);

}  // namespace conntrail::view
