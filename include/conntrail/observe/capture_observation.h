// Evidence from a capture: what a live observation that wrote it would have had.
#pragma once

#include <memory>
#include <string>

#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "conntrail/observe/observation.h"

namespace conntrail::observe {

// The whole capture. Without privilege, on any host; what of the file could not be used is a note.
[[nodiscard]] Result<std::unique_ptr<Observation>> observe_capture(const filter::Filter& filter,
                                                                   const std::string& path,
                                                                   const Messages& messages);

}  // namespace conntrail::observe
