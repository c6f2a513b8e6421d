// EventStream: the lifecycle programs loaded and attached, and the ring buffer they write to. Owns every
// descriptor and link; nothing is pinned, so the end of the process leaves nothing in the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/ip_address.h"
#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/model/endpoint.h"
#include "conntrail/model/event_totals.h"
#include "conntrail/model/socket_event.h"

namespace conntrail::kernel {

// Checked in the kernel before an event costs anything. Empty lists mean "any"; at most kMaxFilterEntries
// each, a longer list is not pushed down (the caller filters again anyway).
struct KernelFilter {
  std::vector<NamespaceId> namespaces;  // by cookie where it is known, and the kernel tells it (5.12)
  // The socket's cgroup (v2). An RST sent for a request or a time-wait socket, which have none, passes.
  std::vector<std::uint64_t> cgroup_ids;
  std::vector<std::uint16_t> local_ports;
  std::vector<std::uint16_t> remote_ports;
  std::vector<std::uint16_t> either_ports;  // one of the two ends has one of these
  std::vector<IpPrefix> local_prefixes;
  std::vector<IpPrefix> remote_prefixes;
  std::vector<IpPrefix> either_prefixes;  // one of the two ends lies in one of these
  Family family = Family::unspecified;
};
inline constexpr std::size_t kMaxFilterEntries = 16;

struct StreamOptions {
  std::size_t ring_bytes = std::size_t{16} << 20;  // rounded up to a power of two
  KernelFilter filter;
  bool retransmits = true;
  bool resets = true;
  std::vector<std::uint32_t>
      follow_pids;  // report forks of these processes and their descendants (EventKind::fork)
  // At debug: what is loaded and attached, and each line of libbpf and the verifier, in rooms of their own.
  Messages messages;
};

// What was lost since the last call, exactly: tried = received + lost.
struct LossReport {
  std::uint64_t lost = 0;
  std::array<std::uint64_t, 8> lost_by_kind{};  // index: EventKind
};

class EventStream {
 public:
  using Callback = std::function<void(const SocketEvent&)>;

  // Loads and attaches. Programs this kernel lacks are left out one by one (see missing()); without
  // inet_sock_set_state the whole fails with `unsupported` or `not_permitted`.
  [[nodiscard]] static Result<EventStream> open(const StreamOptions& options);
  EventStream(EventStream&&) noexcept;
  EventStream& operator=(EventStream&&) noexcept;
  ~EventStream();

  // Waits up to `timeout` for events (or until `wake_fd` is readable, -1 for none) and hands out all that are
  // there. Under load it returns after a batching pause of a few ms; latency when quiet stays below 50 ms.
  [[nodiscard]] Result<std::size_t> poll(Nanoseconds timeout, int wake_fd, const Callback& callback);
  // Hands out what is there now, without waiting.
  std::size_t drain(const Callback& callback);

  [[nodiscard]] LossReport take_loss();
  [[nodiscard]] EventTotals totals() const;
  // Programs that could not be attached, with the reason: "tcp_send_reset: …".
  [[nodiscard]] const std::vector<std::string>& missing() const;

 private:
  class Impl;
  explicit EventStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::kernel
