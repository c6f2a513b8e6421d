// Capabilities of this process, as /proc/self/status shows them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace conntrail::kernel {

struct Capability {
  std::string_view name;
  unsigned bit;
  bool needed_for_tracing;
  std::string_view purpose;
};

// The capabilities that conntrail can make use of (include/uapi/linux/capability.h).
inline constexpr std::array<Capability, 7> kCapabilities{{
    {"CAP_BPF", 39, true, "load BPF programs and maps"},
    {"CAP_PERFMON", 38, true, "let BPF programs read kernel memory and attach to tracepoints"},
    {"CAP_NET_ADMIN", 12, false, "sockets of other users by sock_diag, with all their details"},
    {"CAP_SYS_ADMIN", 21, false, "enter the network namespaces of other processes"},
    {"CAP_SYS_PTRACE", 19, false, "descriptors of other users' processes in /proc/PID/fd"},
    {"CAP_DAC_READ_SEARCH", 2, false, "descriptors of processes whose /proc entries are closed to others"},
    {"CAP_SYS_RESOURCE", 24, false, "raise RLIMIT_MEMLOCK, needed for BPF before Linux 5.11 only"},
}};

// The effective set; 0 where it cannot be read.
[[nodiscard]] std::uint64_t effective_capabilities();
// The value of the CapEff line in the text of /proc/PID/status; 0 without one.
[[nodiscard]] std::uint64_t parse_effective_capabilities(std::string_view status);

// CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON for bpf(2) (a17b53c4a4b5, 5.8).
[[nodiscard]] bool may_trace(std::uint64_t effective);
// The capabilities that tracing needs and this process lacks, "CAP_BPF and CAP_PERFMON"; empty when it lacks
// none.
[[nodiscard]] std::string missing_for_tracing(std::uint64_t effective);

}  // namespace conntrail::kernel
