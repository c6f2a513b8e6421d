#include "retransmits.h"

#include <algorithm>

namespace conntrail::track {

void doubt_retransmits(Connection& connection) {
  connection.retransmits_unknown = true;
  connection.syn_retransmits_unknown = true;
}

void take_total(Connection& connection, std::uint32_t total) {
  connection.retransmits = std::max(connection.retransmits, total);
  connection.retransmits_unknown = false;
  if (total == 0) connection.syn_retransmits_unknown = false;
}

void take_handshake_total(Connection& connection, std::uint32_t total) {
  take_total(connection, total);
  connection.syn_retransmits = std::max(connection.syn_retransmits, total);
  connection.syn_retransmits_unknown = false;
}

}  // namespace conntrail::track
