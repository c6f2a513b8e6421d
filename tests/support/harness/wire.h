// Wire: holds TCP segments of loopback back and delivers them when the test says so, so that segments of both
// sides can really cross. nftables drops the originals on the way in; a packet socket has taken copies on the
// way out.
#pragma once

#include <cstdint>
#include <vector>

#include "conntrail/base/unique_fd.h"

namespace conntrail::live {

class Wire {
 public:
  Wire();  // listens on lo of the present namespace

  // From now on every segment is dropped; copies of those with FIN are kept, the first of each direction.
  void hold_fins();
  // Waits until both directions have sent their FIN, then delivers the two copies while everything else is
  // still dropped: each side gets the peer's FIN before any acknowledgement of its own.
  void deliver_crossed_fins();
  // Segments flow again; what was dropped is sent again by TCP.
  void release();

 private:
  struct Packet {
    std::uint16_t protocol = 0;      // ETH_P_*
    std::vector<std::uint8_t> data;  // from the IP header on
  };
  void collect();
  void send(const Packet& packet) const;

  UniqueFd socket_;
  int loopback_index_ = 0;
  std::vector<Packet> fins_;
};

}  // namespace conntrail::live
