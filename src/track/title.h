// The command line of a record's owner: asked for once for each owner, while its process may still live.
#pragma once

#include <string>
#include <utility>

#include "record.h"
#include "tracker_state.h"

namespace conntrail::track {

// A guess by the listener names no process that has said anything of itself. Of a connection that was over
// before it was looked at, the process may be gone and its number another's.
inline void take_title(Core& core, Record& record, bool again = false) {
  if (!core.titles || (record.remembered && record.c.ended)) return;
  const Owner& owner = record.c.owner;
  const std::uint32_t pid = owner.source > OwnerSource::inherited ? owner.pid : 0;
  const bool same = record.titled_pid == pid;
  if (same && (!again || pid == 0)) return;
  std::string title = pid != 0 ? core.titles(owner) : std::string();
  record.titled_pid = pid;
  if (same && title.empty()) return;  // it has just gone: what was read of it still holds
  record.c.title = std::move(title);
}

}  // namespace conntrail::track
