#include "states.h"

#include <array>
#include <optional>
#include <string>

#include "conntrail/base/text.h"
#include "conntrail/model/tcp_state.h"
#include "expression.h"

namespace conntrail::filter {
namespace {

constexpr std::uint16_t bit(TcpState state) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state));
}

constexpr std::uint16_t without(std::uint16_t set, std::uint16_t taken) {
  return static_cast<std::uint16_t>(set & ~taken);
}

// ss's groups. "all" also holds for a record whose state is not known; the other groups do not.
constexpr std::uint16_t kKnown = without(kEveryState, bit(TcpState::unknown));
constexpr std::uint16_t kBucket = bit(TcpState::syn_recv) | bit(TcpState::time_wait);
constexpr std::uint16_t kConnected = without(kKnown, bit(TcpState::listen) | bit(TcpState::close));

struct Group {
  std::string_view name;
  std::uint16_t mask;
};
constexpr std::array<Group, 5> kGroups{{{"all", kEveryState},
                                        {"connected", kConnected},
                                        {"synchronized", without(kConnected, bit(TcpState::syn_sent))},
                                        {"bucket", kBucket},
                                        {"big", without(kKnown, kBucket)}}};

// Compared with a mistyped name.
constexpr std::array<std::string_view, 20> kSuggestions{
    "established", "estab",     "syn-sent",     "syn-recv",   "syn-received", "fin-wait-1", "fin-wait-2",
    "time-wait",   "close",     "closed",       "close-wait", "last-ack",     "listen",     "listening",
    "closing",     "connected", "synchronized", "bucket",     "big",          "all"};

std::optional<std::uint16_t> one_name(std::string_view name) {
  const std::string lower = to_lower(name);
  for (const Group& group : kGroups) {
    if (group.name == lower) return group.mask;
  }
  if (const auto state = parse_tcp_state(name)) return bit(*state);
  return std::nullopt;
}

}  // namespace

Result<std::uint16_t> parse_states(const Cursor& cursor, const Token& value) {
  const std::string plain = unescape(value.raw);
  std::uint16_t mask = 0;
  for (const std::string_view name : split(plain, ',')) {
    const auto states = one_name(name);
    if (!states) {
      std::string hint;
      if (const auto near = nearest_state(name)) hint = "did you mean " + quote(*near) + "?";
      return cursor.fail(
          value, "there is no state " + quote(name),
          "expected a state (established, syn-sent, time-wait, ...) or a group (all, connected, "
          "synchronized, bucket, big)",
          std::move(hint));
    }
    mask = static_cast<std::uint16_t>(mask | *states);
  }
  return mask;
}

std::optional<std::string_view> nearest_state(std::string_view word) { return nearest(word, kSuggestions); }

bool names_state(std::string_view word) { return one_name(word).has_value(); }

}  // namespace conntrail::filter
