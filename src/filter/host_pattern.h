// Values of src, dst, addr, sport, dport and port: ss's host syntax, [FAMILY:]ADDRESS[/LENGTH][:PORT].
#pragma once

#include <cstdint>
#include <optional>

#include "conntrail/base/ip_address.h"
#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "token_cursor.h"

namespace conntrail::filter {

// What the value constrains; an empty part is a wildcard.
struct Host {
  Family family = Family::unspecified;
  std::optional<IpPrefix> prefix;
  std::optional<std::uint16_t> port;
};

[[nodiscard]] Result<Host> parse_host(const Cursor& cursor, const Token& value,
                                      const Environment& environment);
// ":443", "443", "https", "*:443", "inet6::443"; never a prefix.
[[nodiscard]] Result<Host> parse_port(const Cursor& cursor, const Token& value,
                                      const Environment& environment);

}  // namespace conntrail::filter
