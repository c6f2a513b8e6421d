#include "conntrail/recorder/connection_ends.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "conntrail/base/text.h"

namespace conntrail::recorder {
namespace {

std::unexpected<Error> no_end(std::string_view text) {
  return fail_usage("'" + printable(text) + "' is not an end of a connection", {},
                    "write an id, latest, or ends such as 10.0.0.1:1234-10.0.0.2:80, [fe80::1]:80 or :443");
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text == "*") return 0;
  return parse_number<std::uint16_t>(text);
}

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.empty() || text == "*") return IpAddress{};
  return IpAddress::parse(text);
}

// Everything but "-" between two ends.
std::optional<Endpoint> parse_end(std::string_view text) {
  Endpoint end;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(1, close - 1));
    if (!address) return std::nullopt;
    end.address = *address;
    text = text.substr(close + 1);
    if (text.empty()) return end;
    if (text.front() != ':') return std::nullopt;
    const auto port = parse_port(text.substr(1));
    if (!port) return std::nullopt;
    end.port = *port;
    return end;
  }
  if (const auto address = IpAddress::parse(text)) return Endpoint{*address, 0};  // "fe80::1", "10.0.0.1"
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, colon));
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

// No address has a "-" in it.
std::vector<std::string> split_ends(std::span<const std::string> words) {
  std::vector<std::string> ends;
  for (const std::string& word : words) {
    std::string one_kind = word;  // a line of conntrail's own may come quoted, as one word
    std::ranges::replace(one_kind, ' ', '-');
    for (const std::string_view part : split(one_kind, '-')) {
      if (!part.empty() && part != "→" && part != "←" && part != "–") ends.emplace_back(part);
    }
  }
  return ends;
}

}  // namespace

Result<Ends> parse_ends(std::span<const std::string> words) {
  const std::vector<std::string> texts = split_ends(words);
  if (texts.empty() || texts.size() > 2) return no_end(words.empty() ? std::string_view() : words.front());
  Ends ends;
  const auto one = parse_end(texts.front());
  if (!one) return no_end(texts.front());
  ends.one = *one;
  if (texts.size() == 2) {
    const auto other = parse_end(texts.back());
    if (!other) return no_end(texts.back());
    ends.other = *other;
  }
  const Endpoint anything;
  if (ends.one == anything && ends.other == anything) return no_end(texts.front());
  return ends;
}

}  // namespace conntrail::recorder
