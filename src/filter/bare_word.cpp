#include "bare_word.h"

#include <algorithm>
#include <array>

#include "conntrail/base/ip_address.h"
#include "conntrail/base/text.h"
#include "states.h"

namespace conntrail::filter {
namespace {

constexpr std::string_view kDigits = "0123456789";

// Words of ss and tcpdump that begin a term there: whoever types them means no program.
constexpr std::array<std::string_view, 10> kForeign{"dev", "fwmark", "autobound", "host", "net",
                                                    "tcp", "udp",    "ip",        "ip6",  "proto"};

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_number(std::string_view text) { return !text.empty() && consists_of(text, kDigits); }

// What only an address looks like, whether or not it is a right one: parse_host() tells what is wrong with
// it.
bool looks_like_address(std::string_view text) {
  if (text == "*" || text.front() == '[') return true;
  if (text.starts_with("inet:") || text.starts_with("inet6:")) return true;
  if (IpPrefix::parse(text)) return true;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && is_number(text.substr(0, slash)))  // "10/8"
    return is_number(text.substr(slash + 1));
  if (kDigits.find(text.front()) != std::string_view::npos && text.find('.') != std::string_view::npos)
    return consists_of(text, "0123456789./:*");
  if (std::ranges::count(text, ':') < 2) return false;
  const std::string_view address = text.substr(0, text.find_first_of("/%"));
  return consists_of(address, "0123456789abcdefABCDEF:.");
}

// "nginx/812", as tables show an owner.
bool looks_like_owner(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != 0 && slash != std::string_view::npos && is_number(text.substr(slash + 1));
}

bool is_foreign(std::string_view word) {
  return std::ranges::find(kForeign, to_lower(word)) != kForeign.end();
}

}  // namespace

std::string_view implied_term(const Cursor& cursor, std::span<const std::string_view> words) {
  const Token& word = cursor.peek();
  if (word.raw.empty() || cursor.peek_behind().kind == TokenKind::comparison) return {};
  const bool program_in_front = cursor.behind_program();
  if (word.kind == TokenKind::quoted) return program_in_front ? std::string_view() : "comm";
  if (looks_like_address(word.raw)) return "addr";  // "::1"
  if (word.raw.front() == ':' || word.raw.starts_with("*:")) return "port";
  if (program_in_front) return {};  // one name with a blank in it, or two
  if (looks_like_owner(word.raw)) return "owner";
  if (is_number(word.raw) || word.raw.find_first_of(":/") != std::string_view::npos) return {};
  if (names_state(word.raw) || is_foreign(word.raw)) return {};
  if (nearest(word.raw, words) || nearest_state(word.raw)) return {};
  return "comm";
}

}  // namespace conntrail::filter
