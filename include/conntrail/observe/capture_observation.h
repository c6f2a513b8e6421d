// Evidence from a capture: the same as the live observation that wrote it had.
#pragma once

#include <memory>
#include <string>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/observe/observation.h"

namespace conntrail::observe {

// The whole capture. Needs no privilege and works on any host; a note says which part of the file could not
// be used.
[[nodiscard]] Result<std::unique_ptr<Observation>> observe_capture(const filter::Filter& filter,
                                                                   const std::string& path,
                                                                   const Messages& messages);

}  // namespace conntrail::observe
