#include "conntrail/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

constexpr std::array<std::uint8_t, 12> kV4MappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void append_octet(std::string& out, std::uint8_t octet) {
  char digits[3];
  const auto [end, ec] = std::to_chars(digits, digits + sizeof digits, octet);
  out.append(digits, end);
}

void append_v4(std::string& out, const std::uint8_t* octets) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) out.push_back('.');
    append_octet(out, octets[i]);
  }
}

// ::a.b.c.d (RFC 4291, deprecated): inet_ntop writes these with dots, except where the upper half of the IPv4
// part is 0.
bool is_v4_compatible(const IpAddress& address) {
  const auto& b = address.bytes;
  return std::all_of(b.begin(), b.begin() + 12, [](std::uint8_t byte) { return byte == 0; }) &&
         (b[12] | b[13]) != 0;
}

void append_group(std::string& out, unsigned group) {
  char digits[4];
  const auto [end, ec] = std::to_chars(digits, digits + sizeof digits, group, 16);
  out.append(digits, end);
}

// RFC 5952 text. By hand, because inet_ntop was most of what a line about an IPv6 connection costs.
void append_v6(std::string& out, const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] = (static_cast<unsigned>(bytes[2 * i]) << 8U) | bytes[2 * i + 1];
  // "::" stands for the longest run of two or more zero groups, the first one of equals.
  std::size_t run_begin = groups.size();
  std::size_t run_length = 1;
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > run_length) {
      run_begin = i;
      run_length = end - i;
    }
    i = std::max(end, i + 1);
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == run_begin) {
      out += "::";
      i += run_length - 1;
      continue;
    }
    if (i != 0 && i != run_begin + run_length) out.push_back(':');
    append_group(out, groups[i]);
  }
}

// Clears every bit behind the first `length` bits.
void clear_host_bits(IpAddress& address, unsigned length) {
  for (unsigned i = 0; i < address.bytes.size(); ++i) {
    const unsigned first_bit = i * 8;
    if (length >= first_bit + 8) continue;
    const unsigned kept = length > first_bit ? length - first_bit : 0;
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00U >> kept));
  }
}

bool same_prefix(const IpAddress& a, const IpAddress& b, unsigned length) {
  const unsigned whole = length / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  const unsigned rest = length % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return (a.bytes[whole] & mask) == (b.bytes[whole] & mask);
}

}  // namespace

std::string_view family_name(Family family) {
  switch (family) {
    case Family::inet:
      return "inet";
    case Family::inet6:
      return "inet6";
    case Family::unspecified:
      break;
  }
  return "unspecified";
}

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
  IpAddress address;
  address.family = Family::inet;
  std::copy(octets.begin(), octets.end(), address.bytes.begin());
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) { return {Family::inet6, octets}; }

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  IpAddress address;
  if (inet_pton(AF_INET, buffer, address.bytes.data()) == 1) {
    address.family = Family::inet;
    return address;
  }
  if (inet_pton(AF_INET6, buffer, address.bytes.data()) == 1) {
    address.family = Family::inet6;
    return address;
  }
  return std::nullopt;
}

bool IpAddress::is_any() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_v4_mapped() const {
  return family == Family::inet6 && std::equal(kV4MappedPrefix.begin(), kV4MappedPrefix.end(), bytes.begin());
}

IpAddress IpAddress::unmapped() const {
  if (!is_v4_mapped()) return *this;
  return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

std::string to_string(const IpAddress& address) {
  std::string out;
  append(out, address);
  return out;
}

void append(std::string& out, const IpAddress& address) {
  switch (address.family) {
    case Family::inet:
      append_v4(out, address.bytes.data());
      return;
    case Family::inet6:
      if (address.is_v4_mapped()) {
        out += "::ffff:";
        append_v4(out, address.bytes.data() + kV4MappedPrefix.size());
        return;
      }
      if (is_v4_compatible(address)) {
        out += "::";
        append_v4(out, address.bytes.data() + kV4MappedPrefix.size());
        return;
      }
      append_v6(out, address.bytes);
      return;
    case Family::unspecified:
      out.push_back('*');
      return;
  }
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned full = address->family == Family::inet ? 32 : 128;
  unsigned length = full;
  if (slash != std::string_view::npos) {
    const auto number = parse_number<unsigned>(text.substr(slash + 1));
    if (!number || *number > full) return std::nullopt;
    length = *number;
  }
  IpPrefix prefix{*address, static_cast<std::uint8_t>(length)};
  clear_host_bits(prefix.address, length);
  return prefix;
}

bool IpPrefix::contains(const IpAddress& candidate) const {
  if (candidate.family == address.family) return same_prefix(address, candidate, length);
  if (address.family == Family::inet && candidate.is_v4_mapped())
    return same_prefix(address, candidate.unmapped(), length);
  return false;
}

}  // namespace conntrail
