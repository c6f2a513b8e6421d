// A bounded memory of samples.
#pragma once

#include <cstddef>
#include <vector>

#include "conntrail/model/host_sample.h"

namespace conntrail::observe {

// Appends `more`. When there are more than `most` in all, every second sample of each namespace is dropped,
// except its first and last.
void keep_samples(std::vector<HostSample>& kept, std::vector<HostSample> more, std::size_t most);

}  // namespace conntrail::observe
