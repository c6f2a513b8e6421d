// Connections that the tests of the views print: one of every kind, with all values known, and with none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/change.h"
#include "conntrail/model/connection.h"

namespace conntrail::view::samples {

using namespace std::chrono_literals;

// 1000 s after boot it is 2026-11-20 12:00:00 UTC.
inline constexpr MonoTime kNoon{1'000'000'000'000};
[[nodiscard]] WallClock clock();

[[nodiscard]] Endpoint endpoint(std::string_view address, std::uint16_t port);
[[nodiscard]] Owner owner(std::string comm, std::uint32_t pid, OwnerSource source);

// curl 10.0.0.1:48966 → 10.0.0.2:443, established at 1.23 ms.
[[nodiscard]] Connection established_client();
// The same, closed first by curl after 3.4 s, time-wait socket alive; every optional value known.
[[nodiscard]] Connection time_wait_client();
// nginx, passive, owner inherited, 39-character IPv6 addresses, three workers.
[[nodiscard]] Connection ipv6_server();
// A listener of nginx.
[[nodiscard]] Connection listener();
// 10.0.0.1 → 192.0.2.7:5432, six SYNs unanswered.
[[nodiscard]] Connection syn_timeout();
// A connection nobody knows anything about but its addresses.
[[nodiscard]] Connection bare();
// A process name meant to deceive: escape sequence, quote, comma, line break, invalid UTF-8.
[[nodiscard]] Connection hostile_name();

[[nodiscard]] std::vector<const Connection*> pointers(const std::vector<Connection>& connections);
// All of the above.
[[nodiscard]] std::vector<Connection> all();

}  // namespace conntrail::view::samples
