#include "conntrail/session/explain.h"

namespace conntrail::session {

void explain_polling(const Session& session, const Messages& messages) {
  const std::optional<Error>& why = session.why_polling();
  if (!why) return;
  messages.note("no kernel events: " + format_error(*why));
  messages.note(
      "comparing snapshots instead: short connections and single transitions can be missed (see conntrail "
      "doctor)");
}

void explain_gaps(const Session& session, const Messages& messages) {
  for (const std::string& missing : session.missing_programs()) messages.note("left out: " + missing);
  for (const std::string& text : session.notes()) messages.note(text);
}

void explain_capture(const store::CaptureHeader& header, const Messages& messages) {
  if (!header.events)
    messages.note(
        "this capture was made by comparing snapshots: short connections and single transitions can be "
        "missing");
  if (!header.filter.empty()) messages.note("this capture holds only: " + header.filter);
}

}  // namespace conntrail::session
