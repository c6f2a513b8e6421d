// ColumnId: the columns of a connection table by name; the number is the index into connection_columns().
#pragma once

#include <cstddef>
#include <cstdint>

namespace conntrail::view {

enum class ColumnId : std::uint8_t {
  id,
  netns,
  cookie,
  inode,
  family,
  direction,
  state,
  age,
  owner,
  uid,
  cgroup,
  local,
  remote,
  receive_queue,
  send_queue,
  retransmits,
  syn_retransmits,
  bytes_sent,
  bytes_received,
  rtt,
  min_rtt,
  opened,
  closed,
  connect,
  duration,
  time_wait_left,
  error,
  reason,
  holders,
  trail,
};

inline constexpr std::size_t kColumnCount = static_cast<std::size_t>(ColumnId::trail) + 1;

}  // namespace conntrail::view
