// Ends of a connection as people type them.
#pragma once

#include <span>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::recorder {

// A port of 0 and an unspecified address: any.
struct Ends {
  Endpoint one;
  Endpoint other;
};

// "10.0.0.1:1234-10.0.0.2:80", the same in two words or with → between them, or one end alone: "10.0.0.2:80",
// "[fe80::1]:80", ":80", "*:80", "10.0.0.2". Which end is this side's does not matter.
[[nodiscard]] Result<Ends> parse_ends(std::span<const std::string> words);

}  // namespace conntrail::recorder
