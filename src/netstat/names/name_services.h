// Which services the host names of this machine come from: the hosts line of nsswitch.conf.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace conntrail::netstat {

// The services before DNS, as words of such a line ("files myhostname"; empty when DNS is the only one), when
// they are local ones and DNS is the last. Nothing: the hosts are looked up in some other way, which only the
// C library serves. `resolved` says that systemd-resolved is there to serve "resolve"; without it that
// service is left out, as the C library does.
[[nodiscard]] std::optional<std::string> services_before_dns(std::string_view nsswitch, bool resolved);

// The same for this host.
[[nodiscard]] std::optional<std::string> host_services_before_dns();

}  // namespace conntrail::netstat
