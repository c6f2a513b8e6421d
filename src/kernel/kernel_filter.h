// KernelFilter as the constants that the BPF programs test.
#pragma once

#include "conntrail/abi/filter.h"
#include "conntrail/kernel/event_stream.h"

namespace conntrail::kernel {

// A list with more than kMaxFilterEntries entries is left out: the kernel then lets more through, never less.
[[nodiscard]] ct_filter to_kernel(const KernelFilter& filter);

}  // namespace conntrail::kernel
