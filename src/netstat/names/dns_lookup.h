// Host names from DNS for many addresses, all asked at the same time. The only place that knows c-ares.
#pragma once

#include "names/host_lookup.h"

namespace conntrail::netstat {

// Asks the servers of resolv.conf as the C library would (RES_OPTIONS included). Empty when it is configured
// in a way that only the C library serves (a server with a scope, such as fe80::1%eth0).
[[nodiscard]] AllAtOnce dns_all_at_once();

}  // namespace conntrail::netstat
