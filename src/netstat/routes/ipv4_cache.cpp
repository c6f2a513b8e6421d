#include "routes/ipv4_cache.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "output/translation.h"
#include "routes/route_address.h"
#include "routes/route_flags.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kNeededCacheFields = 12;
constexpr std::size_t kMostFields = 15;

constexpr std::array<TitledField, kMostFields> kModernFields{{
    {"Iface", FieldKind::device},
    {"Destination", FieldKind::address},
    {"Gateway", FieldKind::address},
    {"Flags", FieldKind::hex},
    {"RefCnt", FieldKind::decimal},
    {"Use", FieldKind::decimal},
    {"Metric", FieldKind::decimal},
    {"Source", FieldKind::address},
    {"MTU", FieldKind::decimal},
    {"Window", FieldKind::decimal},
    {"IRTT", FieldKind::decimal},
    {"TOS", FieldKind::decimal},
    {"HHRef", FieldKind::decimal},
    {"HHUptod", FieldKind::decimal},
    {"SpecDst", FieldKind::address},
}};

constexpr std::array<TitledField, 13> kOldFields{{
    {"Iface", FieldKind::device},
    {"Destination", FieldKind::address},
    {"Gateway", FieldKind::address},
    {"Flags", FieldKind::hex},
    {"RefCnt", FieldKind::decimal},
    {"Use", FieldKind::decimal},
    {"Metric", FieldKind::decimal},
    {"Source", FieldKind::address},
    {"MTU", FieldKind::decimal},
    {"Window", FieldKind::decimal},
    {"IRTT", FieldKind::decimal},
    {"HH", FieldKind::decimal},
    {"ARP", FieldKind::decimal},
}};

// The titles that tell the layouts apart, each with its share of netstat's sum.
struct Mark {
  std::string_view title;
  int value;
};
constexpr std::array kMarks{Mark{"IRTT", 1},     Mark{"TOS", 2}, Mark{"HHRef", 4}, Mark{"HHUptod", 8},
                            Mark{"SpecDst", 16}, Mark{"HH", 32}, Mark{"ARP", 64}};
constexpr int kModernSum = 1 + 2 + 4 + 8 + 16 + 32;  // "HH" is found in "HHRef"
constexpr int kOldSum = 1 + 32 + 64;

// 0.0.0.0 where the layout has no such column.
bool parse_optional(std::string_view text, IpAddress& address) {
  address = IpAddress::v4({});
  return text.empty() || parse_route_address(text, address);
}

}  // namespace

CacheTitle judge_cache_title(std::string_view line) {
  CacheTitle title;
  for (const Mark& mark : kMarks) {
    if (line.find(mark.title) != std::string_view::npos) title.columns_seen += mark.value;
  }
  if (title.columns_seen == kModernSum) title.layout = CacheLayout::modern;
  if (title.columns_seen == kOldSum || title.columns_seen == 1) title.layout = CacheLayout::old;
  title.expected = title.columns_seen == kModernSum || title.columns_seen == kOldSum;
  return title;
}

std::span<const TitledField> cache_fields(CacheLayout layout) {
  if (layout == CacheLayout::modern) return kModernFields;
  if (layout == CacheLayout::old) return kOldFields;
  return {};
}

RouteLine parse_ipv4_cache_route(std::string_view line, const TitledTable& table, CacheLayout layout,
                                 Ipv4CacheRoute& route) {
  std::array<FieldValue, kMostFields> values{};
  if (table.scan(line, values) < kNeededCacheFields) return RouteLine::skipped;
  route.device = values[0].text;
  route.flags = values[3].number;
  route.references = values[4].decimal();
  route.uses = values[5].decimal();
  route.metric = values[6].decimal();
  route.mtu = values[8].decimal();
  route.window = values[9].decimal();
  route.irtt = values[10].decimal();
  const bool modern = layout == CacheLayout::modern;
  route.tos = modern ? values[11].decimal() : 0;
  route.header_references = values[modern ? 12 : 11].decimal();
  route.header_valid = values[modern ? 13 : 12].decimal();
  const bool good = parse_route_address(values[1].text, route.destination) &&
                    parse_route_address(values[2].text, route.gateway) &&
                    parse_route_address(values[7].text, route.source) &&
                    parse_optional(values[14].text, route.specific_destination);
  return good ? RouteLine::route : RouteLine::bogus;
}

std::string_view ipv4_cache_header(CacheLayout layout, RouteColumns columns) {
  switch (columns) {
    case RouteColumns::nothing:
      break;
    case RouteColumns::metric:
      return translated("Source          Destination     Gateway         Flags Metric Ref    Use Iface\n");
    case RouteColumns::mss:
      return translated("Source          Destination     Gateway         Flags   MSS Window  irtt Iface\n");
    case RouteColumns::metric_and_mss:
      if (layout == CacheLayout::old) {
        return translated(
            "Source          Destination     Gateway         Flags Metric Ref    Use Iface    MSS   Window "
            "irtt  HH "
            " Arp\n");
      }
      if (layout == CacheLayout::modern) {
        return translated(
            "Source          Destination     Gateway         Flags Metric Ref    Use Iface    MSS   Window "
            "irtt  TOS "
            "HHRef HHUptod     SpecDst\n");
      }
      break;
  }
  return {};
}

void append_ipv4_cache_route(std::string& out, const Ipv4CacheRoute& route, CacheLayout layout,
                             RouteColumns columns, bool numeric, Names& names) {
  if (columns == RouteColumns::nothing) return;
  AddressScratch scratch;
  const auto host = [&](const IpAddress& address) {
    // netstat treats 0.0.0.0 as "no host" here: it has no name.
    return std::string(host_text(address, numeric || address.is_any(), names, scratch));
  };
  const auto to = std::back_inserter(out);
  const std::string device = printable(route.device);
  fmt::format_to(to, "{:<15} {:<15} {:<15} {:<5} ", host(route.source), host(route.destination),
                 host(route.gateway), ipv4_cache_letters(route.flags, layout == CacheLayout::old));
  if (columns == RouteColumns::metric) {
    fmt::format_to(to, "{:<6} {:<2} {:>7} {}\n", route.metric, route.references, route.uses, device);
    return;
  }
  if (columns == RouteColumns::mss) {
    fmt::format_to(to, "{:>5} {:<5} {:>6} {}\n", route.mtu, route.window, route.irtt, device);
    return;
  }
  fmt::format_to(to, "{:<6} {:<3} {:>6} {:<6}   {:<5} {:<6} {:<5} ", route.metric, route.references,
                 route.uses, cut_text(device, kShortDevice), route.mtu, route.window, route.irtt);
  if (layout == CacheLayout::old) {
    fmt::format_to(to, "{:<3} {}\n", route.header_references, route.header_valid);
  } else {
    fmt::format_to(to, "{:<3} {:<3}   {:<3} {:>15}\n", route.tos, route.header_references, route.header_valid,
                   host(route.specific_destination));
  }
}

void want_ipv4_cache_names(const Ipv4CacheRoute& route, Names& names) {
  for (const IpAddress& address :
       {route.source, route.destination, route.gateway, route.specific_destination}) {
    names.want_host(address);
  }
}

RouteRecord ipv4_cache_record(const Ipv4CacheRoute& route, CacheLayout layout) {
  RouteRecord record;
  record.family = "inet";
  record.table = "cache";
  record.source = numeric_text(route.source);
  record.destination = numeric_text(route.destination);
  if (!route.gateway.is_any()) record.gateway = numeric_text(route.gateway);
  if (route.device != "*") record.interface = route.device;
  record.flags = layout == CacheLayout::old ? route_flag_names(route.flags) : cache_flag_names(route.flags);
  record.metric = route.metric;
  record.references = route.references;
  record.uses = route.uses;
  record.mtu_bytes = route.mtu;
  record.window_bytes = route.window;
  record.irtt_ms = route.irtt;
  record.hardware_header_references = route.header_references;
  record.hardware_header_valid = route.header_valid != 0;
  if (layout == CacheLayout::modern) {
    record.tos = route.tos;
    if (!route.specific_destination.is_any()) {
      record.specific_destination = numeric_text(route.specific_destination);
    }
  }
  return record;
}

}  // namespace conntrail::netstat
