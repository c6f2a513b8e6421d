// What the fuzz target of the modes demands of the readers of connection tracking.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "check.h"

namespace conntrail::fuzz {

// A line of /proc/net/nf_conntrack.
void check_conntrack_line(const std::string& line, Choices& choices);

// A datagram of ctnetlink. Sequence numbers are one byte four times, so that a mutation meets them.
void check_conntrack_datagram(const std::vector<std::byte>& datagram, Choices& choices);

}  // namespace conntrail::fuzz
