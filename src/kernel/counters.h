// The programs' per-CPU counters, and what the kernel did not even let them count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "conntrail/abi/event.h"
#include "conntrail/base/result.h"
#include "mapping.h"

namespace conntrail::kernel {

class Counters {
 public:
  struct Sum {
    std::uint64_t tried = 0;
    std::array<std::uint64_t, CT_EVENT_KIND_COUNT> lost{};
  };
  // A loaded program, and the kind of event it reports.
  struct Program {
    int fd = -1;
    ct_event_kind kind{};
  };

  // `map_fd`: the array cpu_slots with `cpus` values of `stride` octets; the descriptors stay the caller's.
  [[nodiscard]] static Result<Counters> open(int map_fd, std::size_t cpus, std::size_t stride,
                                             std::vector<Program> programs);

  // Over all CPUs. A run that the kernel suppressed because the same program was just running on that CPU (a
  // softirq on top of it; bpf_prog_info.recursion_misses) counts as tried and lost.
  [[nodiscard]] Sum read() const;

 private:
  Counters(Mapping slots, std::size_t cpus, std::size_t stride, std::vector<Program> programs);
  Mapping slots_;
  std::size_t cpus_;
  std::size_t stride_;
  std::vector<Program> programs_;
};

}  // namespace conntrail::kernel
