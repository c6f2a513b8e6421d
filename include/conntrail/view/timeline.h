// One connection as a timeline for people: what `conntrail show` prints.
#pragma once

#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "conntrail/view/line.h"

namespace conntrail::view {

struct TimelineOptions {
  int width = 0;  // terminal columns; 0 = not a terminal
  bool colour = false;
  ResetReasonNames reset_reasons{};  // of the kernel the record is from
  NamespaceLabels namespaces{};
};

// Who talks to whom, the owner and how it is known, the states to scale with retransmits, resets and changes
// of the owner in their places, what was sent and received, and why it ended. `now`: when the record was
// looked at; a living connection's times count to there. Wall times are local.
//
// The scale: within a state time is linear; the length of a state grows with the logarithm of its time, so
// that 60 s of TIME_WAIT do not hide a handshake of 2 ms.
[[nodiscard]] std::string render_timeline(const Connection& connection, const WallClock& clock, MonoTime now,
                                          const TimelineOptions& options);

}  // namespace conntrail::view
