// Lines of /proc/net/nf_conntrack. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "masquerade/conntrack_tuple.h"

namespace conntrail::netstat {

// Empty: damaged, or neither IPv4 nor IPv6.
[[nodiscard]] std::optional<TrackedConnection> parse_conntrack_line(std::string_view line);

}  // namespace conntrail::netstat
