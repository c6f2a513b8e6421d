// The pid namespace whose process numbers are reported: the one that /proc shows, so that numbers of events
// and numbers of tables are the same.
#pragma once

#include <cstdint>

namespace conntrail::kernel {

// As ct_pid_namespace in bpf/lib/pid_namespace.bpf.h wants it: its inode, 0 for the initial one.
[[nodiscard]] std::uint32_t reported_pid_namespace();

}  // namespace conntrail::kernel
