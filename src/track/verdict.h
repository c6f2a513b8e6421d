// Why a connection ended and who closed first: a pure function of its path, so a late event corrects it.
#pragma once

#include "record.h"

namespace conntrail::track {

// Sets fin_sent, fin_received and closed_first from the states visited and the RSTs seen, and, once the full
// socket's →CLOSE was seen, end_reason.
void judge(Record& record);

// What ICMP errors other than "port unreachable" (ECONNREFUSED) become: icmp_err_convert, icmpv6_err_convert.
[[nodiscard]] bool is_icmp_error(int error);

// {FIN_WAIT2, CLOSING} → CLOSE that is no close: a time-wait socket takes over from the full one.
struct CloseCircumstances {
  TcpState from = TcpState::unknown;
  int error = 0;
  bool owned = false;
  bool sock_done = false;
  bool sock_dead = false;
};
[[nodiscard]] bool is_hand_over(const Record& record, const CloseCircumstances& close);

}  // namespace conntrail::track
