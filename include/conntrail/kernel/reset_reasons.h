// Names of the kernel's reasons for sending an RST (enum sk_rst_reason, since Linux 6.10).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace conntrail::kernel {

// "TCP_STATE" for 14 on one kernel, another number on another: read from the running kernel's BTF, once.
// Empty where the kernel has no such reasons or no BTF. Safe to call from several threads.
[[nodiscard]] std::string reset_reason_name(std::uint32_t reason);

// All of them, by number, so that a record with this kernel's numbers can be read elsewhere.
[[nodiscard]] std::vector<std::pair<std::uint32_t, std::string>> reset_reasons();

}  // namespace conntrail::kernel
