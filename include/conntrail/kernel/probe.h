// What this kernel and these privileges allow, found by trying, never by the kernel's version number.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace conntrail::kernel {

struct ProbeItem {
  std::string name;  // "tp_btf/inet_sock_set_state", "iter/tcp", "ring buffer", "CAP_BPF"
  bool works = false;
  bool required = false;  // tracing does not work without it
  std::string purpose;    // what conntrail uses it for
  std::string reason;     // why it does not work; empty when it does
};

struct ProbeReport {
  std::string kernel_release;  // uname -r
  std::string machine;
  bool btf = false;  // /sys/kernel/btf/vmlinux readable
  std::vector<ProbeItem> capabilities;
  std::vector<ProbeItem> programs;  // tracepoint programs, each loaded and attached by itself
  std::vector<ProbeItem> iterators;
  bool tracing_works = false;      // all required items work
  bool missing_privilege = false;  // what fails, fails for privilege (exit 3), not for the kernel (exit 4)
};

[[nodiscard]] ProbeReport probe();

}  // namespace conntrail::kernel
