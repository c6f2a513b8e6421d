// The lists of a connection as the little JSON that a row holds, and back. A reader answers false when
// something cannot be what a recorder wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conntrail/model/connection.h"
#include "history/json_text.h"

namespace conntrail::store {

// [state, ns after the entry before it that is known (the first: after `base`) or null, state, …]; a step is
// left when the next one is entered.
void append_trail(std::string& out, const std::vector<TrailStep>& trail, MonoTime base);
[[nodiscard]] bool read_trail(std::string_view text, MonoTime base, std::vector<TrailStep>& trail);

// [ns after `base` or null, …]: when each step was left, for the trails where the rule above does not hold.
[[nodiscard]] bool is_continuous(const std::vector<TrailStep>& trail);
void append_lefts(std::string& out, const std::vector<TrailStep>& trail, MonoTime base);
[[nodiscard]] bool read_lefts(JsonCursor& json, MonoTime base, std::vector<TrailStep>& trail);

// [[pid, fd, comm], …]
void append_holders(std::string& out, const std::vector<Holder>& holders);
[[nodiscard]] bool read_holders(JsonCursor& json, std::vector<Holder>& holders);

// [[kind, ns after `base`], …], and for another owner [kind, ns, from PID, to PID].
void append_marks(std::string& out, const std::vector<Mark>& marks, MonoTime base);
[[nodiscard]] bool read_marks(JsonCursor& json, MonoTime base, std::vector<Mark>& marks);

}  // namespace conntrail::store
