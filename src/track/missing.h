// Records that a complete snapshot should have shown and did not.
//
// Their end is an event that is on its way or lost. Until it is clear which, a record stays as it is: the
// event would tell when and why. After a known loss, or without an event stream, the snapshot is the best
// there is.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

// A snapshot of [started, finished] missed the record: it is gone now or, when its event may still come,
// later. False when it was born so shortly before that the tables may not have had it yet: only another
// snapshot can tell.
bool miss_record(Core& core, Record& record, MonoTime started, MonoTime finished, bool no_events);
// Those still missing long enough (see the .cpp) are gone.
void advance_missing(Core& core, MonoTime now);

// The record is gone without any event that said so.
void vanish(Core& core, Record& record, MonoTime time);
// An event of a record that was taken for gone.
void revive(Core& core, Record& record);

}  // namespace conntrail::track
