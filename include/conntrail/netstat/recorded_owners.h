// RecordedOwners: what a recorder remembers, in the form that netstat asks for it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace conntrail::netstat {

// A process as a recorder remembers it.
struct RecordedOwner {
  std::uint32_t pid = 0;
  std::string comm;  // the kernel's name of it; not yet made printable
};
// The owner of a TCP socket by its cookie; empty when it is not known.
using RecordedOwners = std::function<std::optional<RecordedOwner>(std::uint64_t cookie)>;

}  // namespace conntrail::netstat
