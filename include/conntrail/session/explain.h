// What a live session or a capture lacks, told at its start.
#pragma once

#include "conntrail/base/messages.h"
#include "conntrail/session/session.h"
#include "conntrail/store/capture.h"

namespace conntrail::session {

// That and why snapshots are compared instead of listening to events, where it is so.
void explain_polling(const Session& session, const Messages& messages);
// Programs that this kernel would not take, and what the snapshots could not read.
void explain_gaps(const Session& session, const Messages& messages);
// What of the host the capture lacks by intention, if anything.
void explain_capture(const store::CaptureHeader& header, const Messages& messages);

}  // namespace conntrail::session
