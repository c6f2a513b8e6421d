#include "counters.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace conntrail::kernel {
namespace {

constexpr std::chrono::milliseconds kSettle{1};

std::uint64_t load(const __u64& counter) {
  return std::atomic_ref(const_cast<__u64&>(counter)).load(std::memory_order_relaxed);
}

std::uint64_t suppressed_runs(int program_fd) {
  bpf_prog_info info{};
  __u32 length = sizeof(info);
  // A kernel before 5.12 does not fill the field in and suppresses nothing.
  if (bpf_obj_get_info_by_fd(program_fd, &info, &length) != 0) return 0;
  return info.recursion_misses;
}

}  // namespace

Result<Counters> Counters::open(int map_fd, std::size_t cpus, std::size_t stride,
                                std::vector<Program> programs) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (cpus * stride + page - 1) / page * page;
  auto slots = Mapping::create(map_fd, bytes, PROT_READ, 0, "event counters");
  if (!slots) return std::unexpected(std::move(slots.error()));
  return Counters(std::move(*slots), cpus, stride, std::move(programs));
}

Counters::Counters(Mapping slots, std::size_t cpus, std::size_t stride, std::vector<Program> programs)
    : slots_(std::move(slots)),
      cpus_(cpus),
      stride_(stride),
      programs_(std::move(programs)),
      unseen_(programs_.size()) {}

std::uint64_t Counters::stepped_in(ct_backed which) const {
  std::uint64_t sum = 0;
  for (std::size_t cpu = 0; cpu < cpus_; ++cpu) {
    const auto* slot = reinterpret_cast<const ct_counters*>(slots_.data() + cpu * stride_);
    sum += load(slot->stepped_in[which]);
  }
  return sum;
}

Counters::Sum Counters::read() {
  Sum sum;
  for (std::size_t cpu = 0; cpu < cpus_; ++cpu) {
    const auto* slot = reinterpret_cast<const ct_counters*>(slots_.data() + cpu * stride_);
    for (std::size_t kind = 0; kind < sum.lost.size(); ++kind) sum.lost[kind] += load(slot->lost[kind]);
    sum.tried += load(slot->tried);
  }
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    const Program& program = programs_[i];
    const std::uint64_t suppressed = suppressed_runs(program.fd);
    std::uint64_t made_up_for = program.backed ? stepped_in(*program.backed) : 0;
    if (program.backed && suppressed > made_up_for + unseen_[i]) {
      // A run that was suppressed is made up for a few instructions later; in between it must not look like a
      // loss.
      std::this_thread::sleep_for(kSettle);
      made_up_for = stepped_in(*program.backed);
    }
    if (suppressed > made_up_for) unseen_[i] = std::max(unseen_[i], suppressed - made_up_for);
    sum.tried += unseen_[i];
    sum.lost[program.kind] += unseen_[i];
  }
  return sum;
}

}  // namespace conntrail::kernel
