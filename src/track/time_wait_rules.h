// The time-wait socket of a connection: how it comes, what is open about it, how it goes. Kernel facts are in
// docs/kernel-support.md §"TIME_WAIT": it has no events of its own.
#pragma once

#include <optional>

#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"
#include "tracker_state.h"

namespace conntrail::track {

// The full socket's →CLOSE that hands over (see is_hand_over). Reports what is known now; where the bucket
// may have been full, nothing is known until the next look at the time-wait sockets.
void take_hand_over(Core& core, Record& record, const SocketEvent& event);

// A snapshot's row of the time-wait socket. `report`: events were lost or there are none, so this is the
// news.
void take_time_wait_row(Core& core, Record& record, const SocketRow& row, MonoTime finished, bool report);

// The other end of a connection, in the same network namespace, went from LAST_ACK to CLOSE at `time` because
// its FIN was acknowledged: the time-wait socket of this end, if it waited in FIN_WAIT2, got that FIN and is
// in TIME_WAIT. Only a dump of all time-wait sockets could show the same.
void take_acknowledged_fin(Core& core, const FourTuple& other_end, MonoTime time);

// The time-wait socket is gone: seen by an event (its addresses are in use again) or missing in a snapshot.
void end_time_wait(Core& core, Record& record, MonoTime time, Evidence evidence);
// The same for a snapshot that should have shown it: the time is the expected one where that is past, and
// that is a forecast (`expected`) unless it was seen shortly before.
void miss_time_wait(Core& core, Record& record, MonoTime finished);
// A snapshot came that could not show it, because its namespace is gone or cannot be found: once its timer is
// well past, it has expired, by forecast.
void expire_unseen(Core& core, Record& record, MonoTime now);

// There was no time-wait socket after all: the full socket just closed.
void refute_hand_over(Core& core, Record& record, Evidence evidence);

// A new connection uses its addresses since `time`: a time-wait socket on them is gone.
void take_addresses(Core& core, const Record& record, MonoTime time, Evidence evidence);

}  // namespace conntrail::track
