// Steps in the life of a record, whatever their source: it opens, learns its addresses, changes state, ends,
// goes.
#pragma once

#include <cstdint>

#include "tracker_state.h"

namespace conntrail::track {

// Who could be asked for the cookie of the namespace tells it late, or not at all.
void learn_namespace(Record& record, const FourTuple& tuple);
Record& open_record(Core& core, std::uint64_t cookie, const FourTuple& tuple);

// Takes addresses that the record does not have yet.
void learn_tuple(Core& core, Record& record, const FourTuple& tuple);

struct Step {
  TcpState from = TcpState::unknown;
  TcpState to = TcpState::unknown;
  MonoTime time;
  int error = 0;
  Evidence evidence = Evidence::event;
};
// A transition at a known time: into the trail and, if it is news, to the sink. The answer says whether it
// was no duplicate.
bool take_step(Core& core, Record& record, const Step& step);

// The record is in `to` since nobody knows when: by a snapshot that ended at `time`, or as expected of a
// timer. `report`: no event will tell, so this is the news.
void confirm_state(Core& core, Record& record, TcpState to, MonoTime time, bool report,
                   Evidence evidence = Evidence::confirmed);

// Brings what follows from the trail in line with it: state, flags, verdict, listener index.
void settle(Core& core, Record& record);

// The application's connection is over: tells the sink, once.
void report_end(Core& core, Record& record);

// Tells the sink of ends that turned out otherwise than they were told. After each event, snapshot and
// advance.
void tell_corrections(Core& core);

// Nothing of it is left in the kernel. The record may be let go at once: do not touch it after this.
void retire(Core& core, Record& record, MonoTime time);

void raise_last_event(Record& record, MonoTime time);

}  // namespace conntrail::track
