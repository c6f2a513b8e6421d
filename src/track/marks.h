// Marks: moments in a connection's life that are not a change of state.
#pragma once

#include "conntrail/model/connection.h"

namespace conntrail::track {

// Adds it by time, whatever order the news come in. Where there is no room for all, resets and owners stay
// and the latest retransmits go, counted.
void add_mark(Connection& connection, const Mark& mark);

}  // namespace conntrail::track
