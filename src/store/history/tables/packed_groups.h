// The counts of very many values as one blob, some ten bytes each: what `summary_full` keeps of a bucket in
// which ports or addresses were too many for a row of their own each.
#pragma once

#include <string_view>

#include "bytes.h"
#include "conntrail/store/keys.h"

namespace conntrail::store {

// In the order of the values; empty groups are left out.
[[nodiscard]] ByteWriter pack_groups(const Groups& groups);

// Adds what was packed to `groups`. False when it is damaged; part of it may have been added then.
[[nodiscard]] bool unpack_groups(ByteView packed, Groups& groups);

// Whether there is a group with this value. Also true when the blob is damaged: the caller then looks closer.
[[nodiscard]] bool packed_may_have(ByteView packed, std::string_view value);

}  // namespace conntrail::store
