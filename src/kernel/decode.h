// From the kernel's record to the model's value.
#pragma once

#include <cstddef>
#include <span>

#include "conntrail/abi/event.h"
#include "conntrail/model/socket_event.h"

namespace conntrail::kernel {

// Fills `event` from one ring buffer record. False when the record is not one of this version: wrong length,
// version, kind or family; `event` is then undefined. Never reads outside of `record`.
[[nodiscard]] bool decode_event(std::span<const std::byte> record, SocketEvent& event);

[[nodiscard]] SocketStats to_stats(const ct_stats& raw);

}  // namespace conntrail::kernel
