#include "conntrail/kernel/listener_choice.h"

#include <bpf/bpf.h>
#include <fcntl.h>

#include <cstdint>

#include "conntrail/base/unique_fd.h"

namespace conntrail::kernel {

bool listener_is_chosen_by_program() {
  const UniqueFd netns(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!netns) return false;
  std::uint32_t programs = 0;
  const int error = bpf_prog_query(netns.get(), BPF_SK_LOOKUP, 0, nullptr, nullptr, &programs);
  return error == 0 && programs > 0;
}

}  // namespace conntrail::kernel
