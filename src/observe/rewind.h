// A record as it was at an earlier moment.
#pragma once

#include "conntrail/model/connection.h"

namespace conntrail::observe {

// Removes what came after `then`: steps of the trail, marks, and the end when it came later. For records that
// existed then; counters and the owner stay as they are, since nothing says when they changed.
void rewind(Connection& connection, MonoTime then);

}  // namespace conntrail::observe
