// A bounded memory of samples.
#pragma once

#include <cstddef>
#include <vector>

#include "conntrail/model/host_sample.h"

namespace conntrail::observe {

// Appends `more`. Beyond `most` in all every second one of each namespace goes, but for its first and last.
void keep_samples(std::vector<HostSample>& kept, std::vector<HostSample> more, std::size_t most);

}  // namespace conntrail::observe
