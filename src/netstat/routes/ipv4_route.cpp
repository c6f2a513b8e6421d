#include "routes/ipv4_route.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <iterator>

#include "conntrail/base/text.h"
#include "names/address_text.h"
#include "output/translation.h"
#include "routes/route_address.h"
#include "routes/route_flags.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kNeededFields = 10;  // IRTT may be missing

constexpr std::array kFields{
    TitledField{"Iface", FieldKind::device},    TitledField{"Destination", FieldKind::address},
    TitledField{"Gateway", FieldKind::address}, TitledField{"Flags", FieldKind::hex},
    TitledField{"RefCnt", FieldKind::decimal},  TitledField{"Use", FieldKind::decimal},
    TitledField{"Metric", FieldKind::decimal},  TitledField{"Mask", FieldKind::address},
    TitledField{"MTU", FieldKind::decimal},     TitledField{"Window", FieldKind::decimal},
    TitledField{"IRTT", FieldKind::decimal},
};
static_assert(kFields.size() == kRouteFields);

// The name or number in the column Destination, whole.
std::string_view destination_text(const Ipv4Route& route, bool numeric, Names& names,
                                  AddressScratch& scratch) {
  if (!numeric) {
    if (route.destination.is_any()) {
      if (route.mask.is_any()) return "default";
    } else if (const auto name = names.route_end(route.destination, route.to_network()); !name.empty()) {
      return name;
    }
  }
  return numeric_text(route.destination, scratch);
}

std::string_view gateway_text(const Ipv4Route& route, bool numeric, Names& names, AddressScratch& scratch) {
  if (!numeric && !route.gateway.is_any()) {
    if (const auto name = names.route_end(route.gateway, false); !name.empty()) return name;
  }
  return numeric_text(route.gateway, scratch);
}

// A route that rejects has neither gateway nor device; what stands behind its flags.
void append_rejecting(std::string& out, const Ipv4Route& route, RouteColumns columns) {
  const auto to = std::back_inserter(out);
  switch (columns) {
    case RouteColumns::nothing:
      break;
    case RouteColumns::metric:
      fmt::format_to(to, "{:<6} -  {:>7} -\n", route.metric, route.uses);
      break;
    case RouteColumns::mss:
      out += "    - -          - -\n";
      break;
    case RouteColumns::metric_and_mss:
      fmt::format_to(to, "{:<6} -  {:>7} -        -     -      -\n", route.metric, route.uses);
      break;
  }
}

void append_details(std::string& out, const Ipv4Route& route, RouteColumns columns) {
  const auto to = std::back_inserter(out);
  const std::string device = printable(route.device);
  switch (columns) {
    case RouteColumns::nothing:
      break;
    case RouteColumns::metric:
      fmt::format_to(to, "{:<6} {:<2} {:>7} {}\n", route.metric, route.references, route.uses, device);
      break;
    case RouteColumns::mss:
      fmt::format_to(to, "{:>5} {:<5} {:>6} {}\n", route.mtu, route.window, route.irtt, device);
      break;
    case RouteColumns::metric_and_mss:
      fmt::format_to(to, "{:<6} {:<3} {:>6} {:<6}   {:<5} {:<6} {}\n", route.metric, route.references,
                     route.uses, cut_text(device, kShortDevice), route.mtu, route.window, route.irtt);
      break;
  }
}

std::uint32_t host_order(const IpAddress& address) {
  const auto& b = address.bytes;
  return std::uint32_t{b[0]} << 24U | std::uint32_t{b[1]} << 16U | std::uint32_t{b[2]} << 8U |
         std::uint32_t{b[3]};
}

}  // namespace

RouteColumns route_columns(int extend) {
  // With few -e, netstat has the two first layouts swapped against route(8); with many it counts round in
  // fours.
  static constexpr std::array kByCount{RouteColumns::nothing, RouteColumns::metric, RouteColumns::mss,
                                       RouteColumns::metric_and_mss};
  if (extend == 0) return RouteColumns::mss;
  if (extend == 1) return RouteColumns::metric;
  return kByCount[(static_cast<unsigned>(extend) + 1) % kByCount.size()];
}

bool Ipv4Route::to_network() const {
  const bool host_bits = (host_order(destination) & ~host_order(mask)) != 0;
  return !host_bits && (flags & route_flag::kHost) == 0;
}

std::span<const TitledField> route_fields() { return kFields; }

RouteLine parse_ipv4_route(std::string_view line, const TitledTable& table, Ipv4Route& route) {
  std::array<FieldValue, kRouteFields> values{};
  if (table.scan(line, values) < kNeededFields) return RouteLine::skipped;
  route.flags = values[3].number;
  if ((route.flags & route_flag::kUp) == 0) return RouteLine::skipped;
  route.device = values[0].text;
  route.references = values[4].decimal();
  route.uses = values[5].decimal();
  route.metric = values[6].decimal();
  route.mtu = values[8].decimal();
  route.window = values[9].decimal();
  route.irtt = values[10].decimal();
  const bool good = parse_route_address(values[1].text, route.destination) &&
                    parse_route_address(values[2].text, route.gateway) &&
                    parse_route_address(values[7].text, route.mask);
  return good ? RouteLine::route : RouteLine::bogus;
}

std::string_view ipv4_route_header(RouteColumns columns) {
  switch (columns) {
    case RouteColumns::nothing:
      break;
    case RouteColumns::metric:
      return translated("Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n");
    case RouteColumns::mss:
      return translated("Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n");
    case RouteColumns::metric_and_mss:
      return translated(
          "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window "
          "irtt\n");
  }
  return {};
}

void append_ipv4_route(std::string& out, const Ipv4Route& route, RouteColumns columns, bool numeric,
                       Names& names) {
  if (columns == RouteColumns::nothing) return;
  AddressScratch destination;
  AddressScratch gateway;
  AddressScratch mask;
  const bool rejects = (route.flags & route_flag::kReject) != 0;
  fmt::format_to(std::back_inserter(out), "{:<15} {:<15} {:<15} {:<5} ",
                 cut_text(destination_text(route, numeric, names, destination), kRouteAddressWidth),
                 rejects ? "-" : cut_text(gateway_text(route, numeric, names, gateway), kRouteAddressWidth),
                 numeric_text(route.mask, mask), ipv4_route_letters(route.flags));
  rejects ? append_rejecting(out, route, columns) : append_details(out, route, columns);
}

void want_ipv4_route_names(const Ipv4Route& route, Names& names) {
  if (!route.destination.is_any()) names.want_route_end(route.destination, route.to_network());
  const bool rejects = (route.flags & route_flag::kReject) != 0;
  if (!rejects && !route.gateway.is_any()) names.want_route_end(route.gateway, false);
}

RouteRecord ipv4_route_record(const Ipv4Route& route) {
  RouteRecord record;
  record.family = "inet";
  record.destination = numeric_text(route.destination);
  // A mask with holes has no prefix length.
  const std::uint32_t mask = host_order(route.mask);
  const int ones = std::countl_one(mask);
  if (ones == std::popcount(mask)) record.prefix_length = ones;
  if (!route.gateway.is_any()) record.gateway = numeric_text(route.gateway);
  if (route.device != "*") record.interface = route.device;  // the kernel's sign for "none"
  record.flags = route_flag_names(route.flags);
  record.metric = route.metric;
  record.references = route.references;
  record.uses = route.uses;
  record.mtu_bytes = route.mtu;
  record.window_bytes = route.window;
  record.irtt_ms = route.irtt;
  return record;
}

}  // namespace conntrail::netstat
