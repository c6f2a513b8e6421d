// The decoder of unix_diag's answers: which UNIX socket is connected to which. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "conntrail/snapshot/snapshot.h"

namespace conntrail::snapshot {

struct UnixDiagDatagram {
  bool done = false;
  bool interrupted = false;  // the table changed while it was dumped
  int error = 0;             // errno of NLMSG_ERROR or NLMSG_DONE
};

// `datagram`: what recv() gave. Whatever its bytes say, nothing behind them is read; answers that are damaged
// or have no peer are passed over.
[[nodiscard]] UnixDiagDatagram decode_unix_diag(std::span<const std::byte> datagram, std::uint32_t sequence,
                                                const std::function<void(const UnixPeering&)>& peering);

}  // namespace conntrail::snapshot
