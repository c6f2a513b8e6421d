// What the fuzz targets demand of the readers of connection tracking.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "check.h"

namespace conntrail::fuzz {

// A line of /proc/net/nf_conntrack.
void check_conntrack_line(const std::string& line, Choices& choices);

// The payload of a message of ctnetlink.
void check_conntrack_message(std::span<const std::byte> payload, Choices& choices);

}  // namespace conntrail::fuzz
