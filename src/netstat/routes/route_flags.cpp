#include "routes/route_flags.h"

#include <array>
#include <span>

namespace conntrail::netstat {

namespace {

struct Flag {
  std::uint32_t bit;
  std::string_view text;  // letters of a column, or a name
};

void append(std::string& letters, std::uint32_t flags, std::span<const Flag> table) {
  for (const Flag& flag : table) {
    if ((flags & flag.bit) != 0) letters += flag.text;
  }
}

std::vector<std::string_view> names(std::uint32_t flags, std::span<const Flag> table) {
  std::vector<std::string_view> found;
  for (const Flag& flag : table) {
    if ((flags & flag.bit) != 0) found.push_back(flag.text);
  }
  return found;
}

constexpr Flag kUp{route_flag::kUp, "U"};
constexpr Flag kGateway{route_flag::kGateway, "G"};
constexpr Flag kReject{route_flag::kReject, "!"};
constexpr Flag kHost{route_flag::kHost, "H"};

// Everything behind the first letters, in the order of the column.
constexpr std::array kRouteDetails{
    kHost,
    Flag{0x8, "R"},
    Flag{0x10, "D"},
    Flag{0x20, "M"},
    Flag{0x10000, "d"},
    Flag{0x20000, "a"},
    Flag{0x40000, "c"},
    Flag{0x200000, "o"},
    Flag{0x400000, "e"},
    Flag{route_flag::kCache, "c"},
    Flag{0x2000000, "f"},
    Flag{0x4000000, "p"},
    Flag{0x80000000, "l"},
    Flag{0x40, "u"},
    Flag{0x80, "w"},
    Flag{0x100, "i"},
    Flag{0x400, "n"},
};

// The first of them mean something else in the upper half: RTCF_* of <linux/in_route.h>.
constexpr std::array kCacheChanges{Flag{0x8, "R"}, Flag{0x10, "D"}, Flag{0x20, "M"}};
constexpr std::array kCacheNotify{Flag{0x1, "-"}, Flag{0x4, "o"}};
constexpr std::array kCacheDetails{
    Flag{0x10000, "n"},    Flag{0x20000, "d"},    Flag{0x80000, "t"},    Flag{0x200000, "f"},
    Flag{0x400000, "q"},   Flag{0x800000, "Ns"},  Flag{0x1000000, "r"},  Flag{0x4000000, "i"},
    Flag{0x8000000, "Nd"}, Flag{0x10000000, "b"}, Flag{0x20000000, "m"}, Flag{0x40000000, "#"},
    Flag{0x80000000, "l"},
};

constexpr std::array kIpv6Letters{
    kUp,
    kReject,
    kGateway,
    kHost,
    Flag{0x10000, "D"},
    Flag{0x40000, "A"},
    Flag{route_flag::kCache, "C"},
    Flag{0x20000, "a"},
    Flag{0x400000, "e"},
    Flag{0x20, "m"},
    Flag{0x200000, "n"},
    Flag{0x2000000, "f"},
};

constexpr std::array kLowNames{
    Flag{route_flag::kUp, "up"},
    Flag{route_flag::kGateway, "gateway"},
    Flag{route_flag::kHost, "host"},
    Flag{0x8, "reinstate"},
    Flag{0x10, "dynamic"},
    Flag{0x20, "modified"},
    Flag{0x40, "mtu"},
    Flag{0x80, "window"},
    Flag{0x100, "irtt"},
    Flag{route_flag::kReject, "reject"},
    Flag{0x400, "static"},
};

constexpr std::array kRouteNames{
    Flag{0x10000, "default"},
    Flag{0x20000, "all_on_link"},
    Flag{0x40000, "addrconf"},
    Flag{0x80000, "prefix"},
    Flag{0x100000, "anycast"},
    Flag{0x200000, "no_next_hop"},
    Flag{0x400000, "expires"},
    Flag{0x800000, "route_info"},
    Flag{route_flag::kCache, "cache"},
    Flag{0x2000000, "flow"},
    Flag{0x4000000, "policy"},
    Flag{0x8000000, "preference_low_bit"},
    Flag{0x10000000, "preference_high_bit"},
    Flag{0x40000000, "per_cpu"},
    Flag{0x80000000, "local"},
};

constexpr std::array kCacheNames{
    Flag{0x10000, "notify"},          Flag{0x20000, "direct_destination"},
    Flag{0x40000, "redirected"},      Flag{0x80000, "tproxy"},
    Flag{0x200000, "fast"},           Flag{0x400000, "masquerade"},
    Flag{0x800000, "source_nat"},     Flag{0x1000000, "do_redirect"},
    Flag{0x4000000, "direct_source"}, Flag{0x8000000, "destination_nat"},
    Flag{0x10000000, "broadcast"},    Flag{0x20000000, "multicast"},
    Flag{0x40000000, "reject"},       Flag{0x80000000, "local"},
};

}  // namespace

std::string ipv4_route_letters(std::uint32_t flags) {
  std::string letters;
  if ((flags & route_flag::kReject) != 0) {
    letters = "!";
  } else {
    append(letters, flags, std::array{kUp, kGateway});
  }
  append(letters, flags, kRouteDetails);
  return letters;
}

std::string ipv4_cache_letters(std::uint32_t flags, bool old_layout) {
  std::string letters;
  if ((flags & route_flag::kReject) != 0) {
    letters = "!";
  } else if (old_layout) {
    append(letters, flags, std::array{kUp, kHost, kGateway});
  } else {
    append(letters, flags, std::array{kGateway});
  }
  append(letters, flags, kCacheChanges);
  if (!old_layout) append(letters, flags, kCacheNotify);
  append(letters, flags, kCacheDetails);
  return letters;
}

std::string ipv6_route_letters(std::uint32_t flags) {
  std::string letters;
  append(letters, flags, kIpv6Letters);
  return letters;
}

std::string appletalk_route_letters(std::uint32_t flags) {
  std::string letters;
  append(letters, flags, std::array{kUp, kGateway, kReject});
  append(letters, flags, kRouteDetails);
  return letters;
}

std::vector<std::string_view> route_flag_names(std::uint32_t flags) {
  auto found = names(flags, kLowNames);
  const auto high = names(flags, kRouteNames);
  found.insert(found.end(), high.begin(), high.end());
  return found;
}

std::vector<std::string_view> cache_flag_names(std::uint32_t flags) {
  auto found = names(flags, kLowNames);
  const auto high = names(flags, kCacheNames);
  found.insert(found.end(), high.begin(), high.end());
  return found;
}

}  // namespace conntrail::netstat
