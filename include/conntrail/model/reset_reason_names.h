// ResetReasonNames: what a kernel calls the reasons of a reset (enum sk_rst_reason).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace conntrail {

// "TCP_STATE" for 14; empty text when the number has no name. The numbers differ between kernels, so only the
// caller, who may read BTF, can tell; an empty function where nobody can.
using ResetReasonNames = std::function<std::string(std::uint32_t reason)>;

}  // namespace conntrail
