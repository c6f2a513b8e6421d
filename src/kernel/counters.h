// The programs' per-CPU counters, and the runs that the kernel suppressed before they could count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
  // A loaded program, the kind of event it reports, and its place in ct_counters::stepped_in, if another
  // program makes up for its suppressed runs.
  struct Program {
    int fd = -1;
    ct_event_kind kind{};
    std::optional<ct_backed> backed{};
  };

  // `map_fd`: the array cpu_slots with `cpus` values of `stride` octets; the descriptors stay the caller's.
  [[nodiscard]] static Result<Counters> open(int map_fd, std::size_t cpus, std::size_t stride,
                                             std::vector<Program> programs);

  // Over all CPUs. A run that the kernel suppressed because the same program was just running on that CPU (a
  // softirq on top of it; bpf_prog_info.recursion_misses) and that no second program made up for counts as
  // tried and lost. Never less than what an earlier call answered.
  [[nodiscard]] Sum read();

 private:
  [[nodiscard]] std::uint64_t stepped_in(ct_backed which) const;
  Counters(Mapping slots, std::size_t cpus, std::size_t stride, std::vector<Program> programs);
  Mapping slots_;
  std::size_t cpus_;
  std::size_t stride_;
  std::vector<Program> programs_;
  std::vector<std::uint64_t> unseen_;  // by program: suppressed runs that nobody made up for
};

}  // namespace conntrail::kernel
