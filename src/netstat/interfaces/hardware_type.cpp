#include "interfaces/hardware_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "conntrail/base/text.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kMacLength = 6;

std::string joined(std::span<const std::uint8_t> bytes, std::string_view separator) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += separator;
    fmt::format_to(std::back_inserter(text), "{:02X}", byte);
  }
  return text;
}

std::string upper_mac(const HardwareAddress& a) { return joined(std::span(a).first<kMacLength>(), ":"); }
std::string ethernet(const HardwareAddress& a) { return to_lower(upper_mac(a)); }
std::string fddi(const HardwareAddress& a) { return joined(std::span(a).first<kMacLength>(), "-"); }
std::string eui64(const HardwareAddress& a) { return joined(a, ":"); }
std::string arcnet(const HardwareAddress& a) { return joined(std::span(a).first<1>(), ""); }
std::string rose(const HardwareAddress& a) { return to_lower(joined(std::span(a).first<5>(), "")); }
std::string tunnel(const HardwareAddress& /*address*/) { return {}; }

// Least significant octet first.
std::string irda(const HardwareAddress& a) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}", a[3], a[2], a[1], a[0]);
}

std::string dlci(const HardwareAddress& a) {
  return std::to_string(static_cast<std::int16_t>(a[0] | a[1] << 8));
}

// Six characters, each shifted left by one, and the number of the station: "DL1ABC-7".
std::string callsign(const HardwareAddress& a) {
  constexpr std::size_t kCharacters = 6;
  std::string text;
  for (std::size_t i = 0; i < kCharacters; ++i) {
    const auto c = static_cast<char>(a[i] >> 1);
    if (c == '\0') return printable(text);
    if (c == ' ') break;
    text += c;
  }
  const int station = a[kCharacters] >> 1 & 0xf;
  if (station != 0) text.append("-").append(std::to_string(station));
  return printable(text);
}

std::string x25(const HardwareAddress& a) {
  return printable(std::string(a.begin(), std::ranges::find(a, std::uint8_t{0})));
}

// 64 cells of four bits, of which no more than these are told.
std::string ash(const HardwareAddress& a) {
  constexpr std::size_t kCells = 64;
  std::string text("[");
  for (const std::uint8_t byte : a) fmt::format_to(std::back_inserter(text), "{:x}", byte & 0xf);
  return text.append(kCells - a.size(), '0').append("]");
}

std::string unspecified(const HardwareAddress& a) {
  constexpr std::size_t kOctets = 16;
  std::string text = joined(a, "-");
  for (std::size_t i = a.size(); i < kOctets; ++i) text += "-00";
  return text;
}

constexpr HardwareType kUnspecified{0xffff, "unspec", translatable("UNSPEC"), unspecified};

constexpr std::array kTypes{
    HardwareType{0, "netrom", translatable("AMPR NET/ROM"), callsign},
    HardwareType{1, "ether", translatable("Ethernet"), ethernet},
    HardwareType{3, "ax25", translatable("AMPR AX.25"), callsign},
    HardwareType{7, "arcnet", translatable("ARCnet"), arcnet},
    HardwareType{15, "dlci", translatable("Frame Relay DLCI"), dlci},
    HardwareType{27, "eui64", translatable("Generic EUI-64"), eui64},
    HardwareType{256, "slip", translatable("Serial Line IP"), nullptr},
    HardwareType{257, "cslip", translatable("VJ Serial Line IP"), nullptr, false, true},
    HardwareType{258, "slip6", translatable("6-bit Serial Line IP"), nullptr},
    HardwareType{259, "cslip6", translatable("VJ 6-bit Serial Line IP"), nullptr, false, true},
    HardwareType{264, "adaptive", translatable("Adaptive Serial Line IP"), nullptr},
    HardwareType{270, "rose", translatable("AMPR ROSE"), rose},
    HardwareType{271, "x25", translatable("generic X.25"), x25},
    HardwareType{512, "ppp", translatable("Point-to-Point Protocol"), nullptr},
    HardwareType{513, "hdlc", translatable("(Cisco)-HDLC"), nullptr},
    HardwareType{516, "lapb", translatable("LAPB"), nullptr},
    HardwareType{768, "tunnel", translatable("IPIP Tunnel"), tunnel},
    HardwareType{770, "frad", translatable("Frame Relay Access Device"), nullptr},
    HardwareType{772, "loop", translatable("Local Loopback"), nullptr},
    HardwareType{774, "fddi", translatable("Fiber Distributed Data Interface"), fddi},
    HardwareType{776, "sit", translatable("IPv6-in-IPv4"), nullptr},
    HardwareType{780, "hippi", translatable("HIPPI"), upper_mac},
    HardwareType{781, "ash", translatable("Ash"), ash, true},
    HardwareType{782, "ec", translatable("Econet"), nullptr},
    HardwareType{783, "irda", translatable("IrLAP"), irda},
};

}  // namespace

const HardwareType& hardware_type(std::uint16_t number) {
  const auto* const found = std::ranges::find(kTypes, number, &HardwareType::number);
  return found == kTypes.end() ? kUnspecified : *found;
}

std::string hardware_text(const HardwareType& type, const HardwareAddress& address) {
  const bool null = std::ranges::all_of(address, [](std::uint8_t byte) { return byte == 0; });
  std::string text(type.name);
  if (type.address == nullptr || (null && type.hide_null)) return text;
  return text.append(" ").append(type.address(address));
}

}  // namespace conntrail::netstat
