#include "session_notes.h"

#include "common_options.h"

namespace conntrail::cli {

void explain_polling(const Session& session) {
  const std::optional<Error>& why = session.why_polling();
  if (!why) return;
  note("no kernel events: " + format_error(*why));
  note(
      "comparing snapshots instead: short connections and single transitions can be missed (see conntrail "
      "doctor)");
}

void explain_gaps(const Session& session) {
  for (const std::string& missing : session.missing_programs()) note("left out: " + missing);
  for (const std::string& text : session.notes()) note(text);
}

}  // namespace conntrail::cli
