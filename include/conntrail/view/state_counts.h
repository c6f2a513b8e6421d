// How many sockets there are of each state and family: `conntrail list --summary`.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "conntrail/model/connection.h"

namespace conntrail::view {

class StateCounts {
 public:
  explicit StateCounts(std::span<const Connection* const> connections);

  // One line per state that there is, and their sum.
  [[nodiscard]] std::string text(bool colour, bool header) const;
  // A line of type "state_count" per state; RFC 4180.
  void append_json(std::string& out) const;
  [[nodiscard]] std::string csv(bool header) const;

 private:
  struct Count {
    std::uint64_t inet = 0;
    std::uint64_t inet6 = 0;
    std::uint64_t sockets = 0;  // those whose family is not known, too
  };
  std::array<Count, kTcpStateCount> counts_{};
};

}  // namespace conntrail::view
