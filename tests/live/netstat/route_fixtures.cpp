#include "route_fixtures.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

namespace conntrail::test {

namespace {

constexpr const char* kCacheTitle =
    "Iface\tDestination\tGateway "
    "\tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSp"
    "ecDst\n";
constexpr const char* kOldCacheTitle =
    "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tHH\tARP\n";

std::string hex(unsigned value, int width = 1) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*X", width, value);
  return text.data();
}

struct CacheText {
  std::string device = "eth0";
  std::string destination = "10.1.0.1";
  std::string gateway = "10.1.0.2";
  unsigned flags = 0;
  std::string source = "10.1.0.3";
  std::string numbers = "1\t2\t3";
  std::string tail = "1500\t5\t6\t8\t7\t1";
  std::string specific = "10.1.0.4";
};

std::string cache_line(const CacheText& route) {
  return route.device + "\t" + address_word(route.destination) + "\t" + address_word(route.gateway) + "\t" +
         hex(route.flags, 8) + "\t" + route.numbers + "\t" + address_word(route.source) + "\t" + route.tail +
         "\t" + (route.specific.empty() ? "" : address_word(route.specific)) + "\n";
}

struct Route6Text {
  std::string destination = "fd00::";
  unsigned prefix = 0x40;
  std::string source = "::";
  unsigned source_prefix = 0;
  std::string next_hop = "fd00::1";
  std::string numbers = "00000400 00000001 00000000";
  unsigned flags = 3;
  std::string device = "eth0";
};

std::string route6_line(const Route6Text& route) {
  std::string device = route.device;
  if (device.size() < 8) device.insert(0, 8 - device.size(), ' ');
  return address_digits(route.destination) + " " + hex(route.prefix, 2) + " " + address_digits(route.source) +
         " " + hex(route.source_prefix, 2) + " " + address_digits(route.next_hop) + " " + route.numbers +
         " " + hex(route.flags, 8) + " " + device + "\n";
}

// Every bit alone, pairs with those that change others, and all of them.
std::vector<unsigned> flag_sets() {
  std::vector<unsigned> sets{0, 0xFFFFFFFF, 0xFFFFFDFF, 0xFFFFFFFE, 0xFEFFFFFF, 0xFEFFFDFF};
  for (unsigned bit = 0; bit < 32; ++bit) {
    for (const unsigned with : {0U, 1U, 3U, 5U, 0x201U, 0x203U, 0x207U}) sets.push_back(1U << bit | with);
  }
  return sets;
}

}  // namespace

std::string address_word(const std::string& address) {
  in_addr value{};
  if (::inet_pton(AF_INET, address.c_str(), &value) != 1) throw std::runtime_error("no address: " + address);
  return hex(value.s_addr, 8);
}

std::string address_digits(const std::string& address) {
  in6_addr value{};
  if (::inet_pton(AF_INET6, address.c_str(), &value) != 1) throw std::runtime_error("no address: " + address);
  std::string digits;
  for (const std::uint8_t byte : value.s6_addr) digits += hex(byte, 2);
  return digits;
}

std::string route_title() {
  return "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                "
         "        "
         "                               \n";
}

std::string route_line(const RouteText& route) {
  return route.device + "\t" + address_word(route.destination) + "\t" + address_word(route.gateway) + "\t" +
         hex(route.flags, 4) + "\t" + route.numbers + "\t" + address_word(route.mask) + "\t" + route.tail +
         "\n";
}

void add_names(EtcFixture& etc) {
  etc.file("nsswitch.conf", "hosts: files\nnetworks: files\nservices: files\npasswd: files\n");
  etc.file("networks",
           "default 0.0.0.0\nloopback 127.0.0.0\nlink-local 169.254.0.0\nmynet 10.1\nsecond 10.2.0.0\n"
           "third 10.3.3\na-network-with-a-long-name 10.4.0.0\nnet-of-one 10.5.5.5\nsmall 192.0.2\n");
  etc.file("hosts",
           "127.0.0.1 localhost\n10.1.0.0 host-not-net\n10.1.0.1 gate gate.example\n"
           "10.1.0.2 a-host-name-longer-than-the-column.example.org\n10.5.5.5 one\n10.7.7.8 in-net\n"
           "0.0.0.0 nobody\n0.1.2.3 zero\n10.3.3.0 third-host\n10.9.9.9 fifteen-letters\n"
           "fd00::1 six\nfd00:: six-net\n:: six-any\n::ffff:10.1.0.1 mapped\n"
           "fd00::2 another-host-name-longer-than-any-column-of-this-table.example.org\nfe80::1 "
           "link-local-host\n");
}

void add_every_flag(ProcFixture& proc) {
  std::string routes = route_title();
  std::string cache = kCacheTitle;
  std::string routes6;
  for (const unsigned flags : flag_sets()) {
    routes += route_line({.flags = flags | 1U, .numbers = "1\t2\t3", .tail = "4\t5\t6"});
    routes += route_line({.flags = flags & ~1U});
    cache += cache_line({.flags = flags});
    routes6 += route6_line({.flags = flags});
  }
  proc.file("net/route", routes);
  proc.file("net/rt_cache", cache);
  proc.file("net/ipv6_route", routes6);
}

void add_large_numbers(ProcFixture& proc) {
  std::string routes = route_title();
  std::string cache = kCacheTitle;
  std::string routes6;
  for (const char* number : {"0", "7", "99999", "1234567", "2147483647", "-2147483648", "4294967295", "-1",
                             "999999999999", "99999999999999999999", "+3", "007"}) {
    const std::string n = number;
    for (const unsigned flags : {3U, 0x201U}) {
      for (const char* device : {"lo", "fifteen-letters", "sixlet", "seven-l"}) {
        const std::string three = n + "\t" + n + "\t" + n;
        routes += route_line({.device = device, .flags = flags, .numbers = three, .tail = three});
        cache +=
            cache_line({.device = device, .flags = flags, .numbers = three, .tail = three + "\t" + three});
      }
    }
    for (const std::string& columns : {n + "\t0\t0", "0\t" + n + "\t0", "0\t0\t" + n}) {
      routes += route_line({.numbers = columns, .tail = columns});
      cache += cache_line({.numbers = columns, .tail = columns + "\t" + columns});
    }
  }
  for (const char* numbers : {"ffffffff ffffffff ffffffff", "7fffffff 80000000 0", "0 0 0", "1 123 1234567",
                              "0x12 +3 -1", "00000400 00000064 000f4240"}) {
    for (const unsigned prefix : {0U, 0x40U, 0x80U, 0xFFU}) {
      for (const char* device : {"lo", "fifteen-letters"}) {
        for (const char* address : {"::", "fd00:1234:5678:9abc:def0:1234:5678:9abc", "::ffff:1.2.3.4"}) {
          routes6 += route6_line({.destination = address,
                                  .prefix = prefix,
                                  .source = address,
                                  .source_prefix = prefix,
                                  .next_hop = address,
                                  .numbers = numbers,
                                  .flags = 0x3,
                                  .device = device});
        }
      }
    }
  }
  proc.file("net/route", routes);
  proc.file("net/rt_cache", cache);
  proc.file("net/ipv6_route", routes6);
}

void add_odd_lines(ProcFixture& proc) {
  const std::string good = route_line({});
  std::string routes = route_title();
  for (const std::string& line :
       {std::string("\n"), std::string("garbage\n"), std::string("eth0\t0001000A\t0101000A\t0003\n"),
        std::string("eth0\t0001000A\t0101000A\t0003\t0\t0\t0\t0000FFFF\t0\n"),
        std::string("a-name-of-sixteen\t0001000A\t0101000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n"),
        std::string("eth0\t0001000A\t0101000A\tzz\t0\t0\t0\t0000FFFF\t0\t0\t0\n"),
        std::string("eth0\t0001000A\t0101000A\t0x3\t0\t0\t0\t0000FFFF\t0\t0\t0\n"),
        std::string("  eth0   0001000a   0101000a 3 0 0 0 0000ffff 0 0 0 more words\n"),
        std::string("eth0\t0001000Axyz\t0101000A9\t0003\t0\t0\t0\t0000FFFF0\t0\t0\t0\n"),
        std::string("eth0\t0001000A\t0101000A\t0003\t1x\t0\t0\t0000FFFF\t0\t0\t0\n"),
        std::string("eth0\t0001000A\t0101000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\tx\n"),
        std::string(1000, ' ') + good, std::string(1022, ' ') + good, std::string(2044, ' ') + good,
        std::string("eth0\t") + std::string(200, '0') + "\t0101000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n",
        good}) {
    routes += line;
  }
  proc.file("net/route", routes + good.substr(0, good.size() - 1));  // the last without its newline

  const std::string cached = cache_line({});
  std::string cache = kCacheTitle;
  for (const std::string& line : {std::string("\n"), std::string("garbage\n"),
                                  std::string("eth0\t0001000A\t0101000A\t0\t0\t0\t0\t0101000A\n"),
                                  cache_line({.tail = "1\t2\t3\tff\t0\t0"}), std::string(1022, ' ') + cached,
                                  cache_line({.device = "a-name-of-sixteen"}), cached}) {
    cache += line;
  }
  proc.file("net/rt_cache", cache);

  const std::string line6 = route6_line({});
  std::string digits = line6;
  digits.replace(0, 32, "fd01 0 0 0 0 0 0 1");
  proc.file("net/ipv6_route", line6 + " " + line6 + digits + line6.substr(0, line6.size() - 1));
}

void add_named_routes(ProcFixture& proc) {
  std::string routes = route_title();
  std::string cache = kCacheTitle;
  std::string routes6;
  for (const char* address : {"0.0.0.0", "127.0.0.0", "127.0.0.1", "169.254.0.0", "10.1.0.0", "10.1.0.1",
                              "10.1.0.2", "10.2.0.0", "10.3.3.0", "10.4.0.0", "10.5.5.5", "10.7.7.8",
                              "192.0.2.0", "0.1.2.3", "10.9.9.9", "255.255.255.255", "224.0.0.1"}) {
    for (const char* mask :
         {"0.0.0.0", "255.0.0.0", "255.255.0.0", "255.255.255.0", "255.255.255.255", "0.255.255.255"}) {
      for (const unsigned flags : {1U, 3U, 7U, 0x201U, 0x205U}) {
        routes += route_line({.destination = address, .gateway = address, .mask = mask, .flags = flags});
      }
    }
    cache += cache_line({.destination = address, .gateway = address, .source = address, .specific = address});
  }
  for (const char* address : {"::", "fd00::1", "fd00::", "fd00::2", "fd00::3", "fe80::1", "::1",
                              "::ffff:10.1.0.1", "::ffff:10.200.0.1", "ff00::"}) {
    for (const unsigned flags : {1U, 3U, 0x1000003U}) {
      routes6 += route6_line({.destination = address, .next_hop = address, .flags = flags});
    }
  }
  proc.file("net/route", routes);
  proc.file("net/rt_cache", cache);
  proc.file("net/ipv6_route", routes6);
}

void add_old_cache(ProcFixture& proc) {
  std::string cache = kOldCacheTitle;
  for (const unsigned flags : flag_sets()) {
    cache += cache_line({.flags = flags, .tail = "1500\t5\t6\t8\t7", .specific = ""});
  }
  cache += cache_line({.device = "fifteen-letters",
                       .numbers = "1234567\t23456789\t34567890",
                       .tail = "1500000\t5678901\t6789012\t1111118\t77777",
                       .specific = ""});
  proc.file("net/rt_cache", cache);
}

void add_neighbours(ProcFixture& proc) {
  std::string neighbours;
  const auto add = [&](const std::string& state, const std::string& times, const std::string& references,
                       const std::string& flags, const std::string& device) {
    neighbours += address_digits("fd00::1") + " 02 80 06 " + state + " 00000009 " + times + " " + references +
                  " " + flags + " " + device + " 0011223344aa\n";
  };
  for (const char* state : {"00", "01", "02", "04", "08", "10", "20", "40", "80", "03", "ff"}) {
    for (const char* references : {"0000", "0001", "ffff"}) {
      add(state, "00000100 00000800 0470", references, "0080", "    eth0");
      add(state, "00000800 00000100 0470", references, "0000", "      lo");
    }
  }
  for (unsigned bit = 0; bit < 16; ++bit) {
    add("02", "00000000 ffffffff ffff", "0000", hex(1U << bit, 4), "eightlet");
  }
  add("02", "0 64 63", "0", "ffff", "x");
  proc.file("net/ndisc", neighbours);
}

void add_other_families(ProcFixture& proc) {
  proc.file("net/ax25_route",
            "callsign  dev  mode digipeaters\ndefault   ax0    vc\nDL1ABC-12 ax1    dg DB0XYZ-1 DB0XYZ-2\n"
            "DL1ABC    bpq0     *\nDL1ABC    ax2   77\nDL1ABC    ax2   -5\nDL1ABC    bpq0     123456\n");
  proc.file(
      "net/nr_neigh",
      "addr  callsign  dev  qual lock count failed digipeaters\n"
      "00001 DB0AAA-1  ax0   192    0     1      0\n00002 DB0BBB-12 ax1    10    1     2      0 DIGI-1\n"
      "00003 DB0CCC-3  bpq0    0    1     2      3\n");
  proc.file("net/nr_nodes",
            "callsign  mnemonic w n qual obs neigh qual obs neigh qual obs neigh\n"
            "DL1ABC-1  MNEMO    1 3  192   6 00001  150   5 00002  100   4 00003\n"
            "DL1ABC-12 *        2 2   10   6 00002  255   6 00001\n"
            "DL1ABC-3  SEVENCH  3 3    1   1 00001    2   2 00002   33   3 00003\n"
            "DL1ABC-4  A B      1 1    0   9 00002\n");
  proc.file("net/rose_neigh",
            "addr  callsign  dev  count use mode restart  t0  tf digipeaters\n"
            "00001 DB0AAA-1  ax0      1   0  DTE      no   0   0\n"
            "00002 DB0BBB-12 ax1      1   0  DCE     yes   0   0 DIGI\n"
            "00003 RSLOOP-0  bpq0     1   0  DCE     yes   0   0\n");
  proc.file(
      "net/rose_nodes",
      "address    mask n neigh neigh neigh\n2080175524 0010 3 00001 00002 00003\n2080000000 0004 1 00002\n"
      "0000000000 0000 2 00003 00001\n2080       0000 1 00009\n2080       0000 0\n");
  proc.file(
      "net/x25/route",
      "Address          Digits  Device\n123456789012345  15      x25tap0\n12345            5       eth0 \n"
      "                 0       lapb0\n1                1       ???  \n12345            3       lapb1\n"
      "123              0       lapb1\n");
  proc.file("net/ipx/route",
            "Network    Router_Net   Router_Node\n00000001   00000002     001122334455\n"
            "DEADBEEF   FFFFFFFF     FFFFFFFFFFFF\n00000000   00000000     000000000000\n1 2\n1 2 3 4\n"
            "123456789 123456789 1234567890123\nzz yy xx\n12:34 56:78 9a:bc:de:f0:11:22\nabc def abcdef\n");
  std::string appletalk("Target        Router  Flags Dev\n");
  for (const char* flags : {"0", "1", "3", "5", "7", "513", "-1", "2147483647", "x", "4294967295"}) {
    appletalk += std::string("FF00:11     0000:00  ") + flags + "    eth0\n";
  }
  proc.file("net/atalk_route", appletalk + "averyveryverylongtarget b 3 averyveryverylongdevice\n");
}

void add_unknown_columns(ProcFixture& proc) {
  proc.file("net/route",
            "X|Iface Y Destination|Gateway Flags RefCnt Use Metric Mask MTU Window Z IRTT Last\n"
            "x eth0 y 0001000A 0101000A 3 1 2 3 0000FFFF 4 5 z 6 last\n");
  proc.file("net/rt_cache",
            "Iface Destination Gateway Flags RefCnt Use Metric Source MTU Window IRTT X TOS HHRef HHUptod "
            "SpecDst Y\n"
            "eth0 0001000A 0101000A 3 1 2 3 0101000A 4 5 6 x 7 8 9 0101000A y\n");
}

void add_missing_columns(ProcFixture& proc) {
  proc.file("net/route",
            "Iface\tGateway\tDestination\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n");
  proc.file(
      "net/rt_cache",
      "Iface Destination Gateway Flags RefCnt Use Metric Source MTU Window TOS HHRef HHUptod SpecDst IRTT\n"
      "eth0 0001000A 0101000A 3 1 2 3 0101000A 4 5 6 7 8 9 0101000A\n");
}

void add_empty_files(ProcFixture& proc) {
  for (const char* name : {"route", "rt_cache", "ipv6_route", "ax25_route", "x25/route", "ipx/route"}) {
    proc.file(std::string("net/") + name, "");
  }
}

}  // namespace conntrail::test
