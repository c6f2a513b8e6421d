// The one way to hash: a number is mixed into a hash, then the next. For tables in memory only: what the
// function gives may change with the next version, so nothing of it belongs into a file.
#pragma once

#include <concepts>
#include <cstdint>

namespace conntrail {

// Where a hash begins. Whoever must not let others choose colliding keys begins with a secret instead.
inline constexpr std::uint64_t kHashSeed = 0x243f6a8885a308d3;  // of pi

// One multiplication to 128 bits: its low half carries each bit upwards, its high half downwards, so that
// every bit of the value reaches both halves of the hash.
[[nodiscard]] constexpr std::uint64_t combine_hash(std::uint64_t hash, std::uint64_t value) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(hash ^ value) * 0x9e3779b97f4a7c15ULL;  // of the golden ratio
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

template <std::integral... More>
[[nodiscard]] constexpr std::uint64_t combine_hash(std::uint64_t hash, std::uint64_t value, More... more) {
  return combine_hash(combine_hash(hash, value), static_cast<std::uint64_t>(more)...);
}

}  // namespace conntrail
