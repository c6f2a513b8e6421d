// What a session lacks, told on stderr at its start.
#pragma once

#include "conntrail/session/session.h"

namespace conntrail::cli {

// That and why snapshots are compared instead of listening to events, where it is so.
void explain_polling(const Session& session);
// Programs that this kernel would not take, and what the snapshots could not read.
void explain_gaps(const Session& session);

}  // namespace conntrail::cli
