// Whether the addresses of a new connection tell which listener it belongs to.
#pragma once

namespace conntrail::kernel {

// True where a BPF program (sk_lookup) of the network namespace that the calling thread is in may choose the
// listener. False also where that cannot be asked, which needs CAP_NET_ADMIN there.
[[nodiscard]] bool listener_is_chosen_by_program();

}  // namespace conntrail::kernel
