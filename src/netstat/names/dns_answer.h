// One DNS question and answer: from an address to the name asked for, from a reply to a host name. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "names/host_lookup.h"

namespace conntrail::netstat {

// "1.0.9.10.in-addr.arpa", "….ip6.arpa". As the C library does, an IPv4 address inside of an IPv6 one
// (::ffff:a.b.c.d, ::a.b.c.d) is asked for as such.
[[nodiscard]] std::string reverse_name(const HostKey& key);

// The name that the C library's DNS service takes from a reply to `question`: that of the first PTR record,
// behind any aliases, when it is a host name. Empty: there is none, or the reply is damaged.
[[nodiscard]] std::optional<std::string> name_in_reply(std::span<const unsigned char> reply,
                                                       const std::string& question);

}  // namespace conntrail::netstat
