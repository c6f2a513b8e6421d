// What a live session or a capture lacks; said at its start.
#pragma once

#include "conntrail/base/messages.h"
#include "conntrail/session/session.h"
#include "conntrail/store/capture.h"

namespace conntrail::session {

// Says that snapshots are compared instead of listening to events, and why, where it is so.
void explain_polling(const Session& session, const Messages& messages);
// Programs that this kernel would not take, and what the snapshots could not read.
void explain_gaps(const Session& session, const Messages& messages);
// What the capture leaves out on purpose, if anything.
void explain_capture(const store::CaptureHeader& header, const Messages& messages);

}  // namespace conntrail::session
