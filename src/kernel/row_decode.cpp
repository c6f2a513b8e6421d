#include "row_decode.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "decode.h"

namespace conntrail::kernel {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

Endpoint endpoint(Family family, const __u8 (&bytes)[16], __u16 port) {
  Endpoint out;
  out.address.family = family;
  std::memcpy(out.address.bytes.data(), bytes, sizeof(bytes));
  out.port = port;
  return out;
}

SocketKind kind_of(__u8 raw) {
  if (raw == CT_ROW_TIME_WAIT) return SocketKind::time_wait;
  return raw == CT_ROW_REQUEST ? SocketKind::request : SocketKind::full;
}

}  // namespace

TickRates TickRates::measure() {
  constexpr std::uint64_t kUsualHz = 250;
  TickRates rates;
  timespec jiffy{};
  const bool known =
      ::clock_getres(CLOCK_MONOTONIC_COARSE, &jiffy) == 0 && jiffy.tv_sec == 0 && jiffy.tv_nsec > 0;
  const auto jiffy_ns = static_cast<std::uint64_t>(jiffy.tv_nsec);
  rates.hz = known ? (kSecond + jiffy_ns / 2) / jiffy_ns : kUsualHz;
  rates.user_hz = static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
  return rates;
}

std::uint64_t TickRates::clock_ticks(std::int64_t jiffies) const {
  const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(jiffies, 0));
  const std::uint64_t tick_ns = (kSecond + hz / 2) / hz;
  if (tick_ns % (kSecond / user_hz) == 0) return hz < user_hz ? left * (user_hz / hz) : left / (hz / user_hz);
  return left * tick_ns / (kSecond / user_hz);
}

Nanoseconds TickRates::duration(std::int64_t jiffies) const {
  return Nanoseconds(std::max<std::int64_t>(jiffies, 0) * static_cast<std::int64_t>((kSecond + hz / 2) / hz));
}

SocketRow to_row(const ct_socket_row& raw, const TickRates& rates) {
  SocketRow row;
  row.protocol = static_cast<Protocol>(raw.protocol);
  row.kind = kind_of(raw.kind);
  row.state = tcp_state_from_kernel(raw.state);
  row.timer_raw = raw.timer;
  row.timer =
      raw.timer <= static_cast<__u8>(TimerKind::probe) ? static_cast<TimerKind>(raw.timer) : TimerKind::off;
  row.shutdown = raw.shutdown;
  row.tuple.netns = raw.netns;
  row.tuple.netns_cookie = raw.netns_cookie;
  row.tuple.family = static_cast<Family>(raw.family);
  row.tuple.local = endpoint(row.tuple.family, raw.local_addr, raw.local_port);
  row.tuple.remote = endpoint(row.tuple.family, raw.remote_addr, raw.remote_port);
  row.cookie = raw.cookie;
  row.inode = raw.inode;
  row.uid = raw.uid;
  row.receive_queue = raw.receive_queue;
  row.send_queue = raw.send_queue;
  if (row.protocol == Protocol::tcp && row.state == TcpState::listen) row.backlog = raw.backlog;
  row.retransmits = raw.retransmits;
  row.probes = raw.probes;
  row.timer_ticks = rates.clock_ticks(raw.timer_jiffies);
  row.timer_left = rates.duration(raw.timer_jiffies);
  row.cgroup_id = raw.cgroup_id;
  row.interface = raw.interface;
  if (raw.has_stats != 0) {
    row.stats = to_stats(raw.stats);
    row.total_retransmits = raw.stats.retransmits;
  }
  return row;
}

SocketHolder to_holder(const ct_holder_row& raw) {
  SocketHolder holder;
  holder.inode = raw.inode;
  holder.cookie = raw.cookie;
  holder.pid = raw.tgid;
  holder.fd = raw.fd;
  holder.uid = raw.uid;
  holder.cgroup_id = raw.cgroup_id;
  holder.comm.assign(raw.comm, ::strnlen(raw.comm, sizeof(raw.comm)));
  return holder;
}

}  // namespace conntrail::kernel
