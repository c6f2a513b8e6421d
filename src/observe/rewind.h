// A record as it was at an earlier moment.
#pragma once

#include "conntrail/model/connection.h"

namespace conntrail::observe {

// Takes away what came after `then`: steps of the trail, marks, and the end when that came later. For records
// that were there then; counters and the owner stay as they are, since nothing tells when they changed.
void rewind(Connection& connection, MonoTime then);

}  // namespace conntrail::observe
