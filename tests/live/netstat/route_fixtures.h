// Files of /proc/net with routes, as a kernel prints them and as it never would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "differential.h"
#include "names_fixture.h"

namespace conntrail::test {

// One line of /proc/net/route with its newline.
struct RouteText {
  std::string device = "eth0";
  std::string destination = "10.1.0.0";
  std::string gateway = "10.1.0.1";
  std::string mask = "255.255.0.0";
  unsigned flags = 3;
  std::string numbers = "0\t0\t0";  // RefCnt, Use, Metric
  std::string tail = "0\t0\t0";     // MTU, Window, IRTT
};
[[nodiscard]] std::string route_line(const RouteText& route);
[[nodiscard]] std::string route_title();

// "0100000A" for 10.0.0.1 on a little-endian machine.
[[nodiscard]] std::string address_word(const std::string& address);
// 32 hexadecimal digits of an IPv6 address.
[[nodiscard]] std::string address_digits(const std::string& address);

// Fills the fixture with all of these:
void add_names(EtcFixture& etc);
void add_every_flag(ProcFixture& proc);      // route, rt_cache, ipv6_route: each bit, and several together
void add_large_numbers(ProcFixture& proc);   // each column wider than its place
void add_odd_lines(ProcFixture& proc);       // short, long, empty and unexpected ones that netstat steps over
void add_named_routes(ProcFixture& proc);    // addresses that have names as hosts, networks, both, neither
void add_old_cache(ProcFixture& proc);       // rt_cache as Linux 2.0 had it
void add_neighbours(ProcFixture& proc);      // ndisc
void add_other_families(ProcFixture& proc);  // AX.25, NET/ROM, ROSE, IPX, X.25, AppleTalk
void add_unknown_columns(ProcFixture& proc);  // titles that netstat steps over
void add_missing_columns(ProcFixture& proc);  // titles that it needs and misses
void add_empty_files(ProcFixture& proc);

}  // namespace conntrail::test
