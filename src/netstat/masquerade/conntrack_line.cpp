#include "masquerade/conntrack_line.h"

#include <cstdint>
#include <vector>

#include "conntrail/base/text.h"

namespace conntrail::netstat {

namespace {

bool take_address(std::string_view text, Family family, IpAddress& address) {
  const auto parsed = IpAddress::parse(text);
  if (!parsed || parsed->family != family) return false;
  address = *parsed;
  return true;
}

template <class Number, class Place>
bool take_number(std::string_view text, int base, Place& place) {
  const auto number = parse_number<Number>(text, base);
  if (!number) return false;
  const Number value = *number;
  place = value;
  return true;
}

// One "key=value" of a tuple. False: its value is damaged. Keys of other matters are passed over.
bool take_field(std::string_view key, std::string_view value, Family family, ConntrackTuple& tuple) {
  constexpr int kDecimal = 10;
  constexpr int kHexadecimal = 16;
  if (key == "src") return take_address(value, family, tuple.source);
  if (key == "dst") return take_address(value, family, tuple.destination);
  if (key == "sport") return take_number<std::uint16_t>(value, kDecimal, tuple.source_port);
  if (key == "dport") return take_number<std::uint16_t>(value, kDecimal, tuple.destination_port);
  if (key == "type") return take_number<std::uint8_t>(value, kDecimal, tuple.icmp_type);
  if (key == "code") return take_number<std::uint8_t>(value, kDecimal, tuple.icmp_code);
  if (key == "id") return take_number<std::uint16_t>(value, kDecimal, tuple.icmp_identifier);
  const bool source_key = key == "srckey";
  if (!source_key && key != "dstkey") return true;
  if (value.starts_with("0x")) value.remove_prefix(2);
  return take_number<std::uint16_t>(value, kHexadecimal,
                                    source_key ? tuple.source_port : tuple.destination_port);
}

// The first "src=" begins the original direction, the second the reply.
bool take_tuples(const std::vector<std::string_view>& words, Family family, TrackedConnection& connection) {
  ConntrackTuple* tuple = nullptr;
  int seen = 0;
  bool whole = false;  // the direction's other address is there, too
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = word.substr(0, equals);
    if (key == "src") {
      if (seen == 1 && !whole) return false;
      ++seen;
      whole = false;
      tuple = seen == 1 ? &connection.original : &connection.reply;
    }
    if (key == "dst") whole = true;
    if (tuple != nullptr && !take_field(key, word.substr(equals + 1), family, *tuple)) return false;
  }
  return seen == 2 && whole;
}

}  // namespace

// "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.1.2 sport=40000 dport=80 src=10.0.1.2
// dst=10.0.1.1 sport=80 dport=40000 [ASSURED] mark=0 zone=0 use=2"
std::optional<TrackedConnection> parse_conntrack_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const std::vector<std::string_view> words = split_words(line);
  constexpr std::size_t kProtocolWord = 3;
  constexpr std::size_t kTimeWord = 4;
  if (words.size() <= kTimeWord || (words[0] != "ipv4" && words[0] != "ipv6")) return std::nullopt;
  TrackedConnection connection;
  if (!take_number<std::uint8_t>(words[kProtocolWord], 10, connection.protocol)) return std::nullopt;
  // What hardware forwards does not expire.
  if (const auto seconds = parse_number<std::uint32_t>(words[kTimeWord]))
    connection.expires_seconds = *seconds;
  const Family family = words[0] == "ipv6" ? Family::inet6 : Family::inet;
  if (!take_tuples(words, family, connection)) return std::nullopt;
  return connection;
}

}  // namespace conntrail::netstat
