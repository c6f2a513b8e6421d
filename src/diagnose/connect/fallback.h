// Fallbacks: connects that failed and did no harm, since the program reached the same port at another
// address at once: ::1 before 127.0.0.1, the slower of two families (RFC 8305), the next address of a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "conntrail/diagnose/diagnose.h"
#include "peer.h"
#include "process_tally.h"

namespace conntrail::diagnose {

// The connects that went from one address to another.
struct Fallback {
  Peer from;    // where nobody answered, or who refused
  Endpoint to;  // where the program went on
  std::size_t refused = 0;
  std::size_t unreachable = 0;
  std::size_t unanswered = 0;
  ProcessTally processes;
  std::vector<std::int64_t> cost_ns;  // from the failed connect's SYN to that of the one that was answered
  [[nodiscard]] std::size_t count() const { return cost_ns.size(); }
};

class Fallbacks {
 public:
  explicit Fallbacks(const Evidence& evidence);
  // This failed connect is one of them.
  [[nodiscard]] bool contains(const Connection& connection) const { return failed_.contains(&connection); }
  // The costliest first.
  [[nodiscard]] std::vector<Fallback>& all() { return all_; }

 private:
  std::unordered_set<const Connection*> failed_;
  std::vector<Fallback> all_;
};

// The finding "fallback" of topic connect, about the costliest.
[[nodiscard]] std::optional<Finding> fallback(const Evidence& evidence, Fallbacks& fallbacks);

}  // namespace conntrail::diagnose
