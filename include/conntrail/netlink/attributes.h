// The attributes of a netlink message. Every length is checked against the bytes that are there; nothing is
// read beyond them whatever the bytes say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace conntrail::netlink {

using Bytes = std::span<const std::byte>;

// The kernel's records grow at their end: a shorter one leaves the newer fields zero, a longer one is cut.
template <class T>
[[nodiscard]] T copy_prefix(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof(T), bytes.size()));
  return value;
}

// What messages and attributes are padded to; the last one of a datagram need not be.
inline constexpr std::size_t kAlignment = 4;

// What follows a part of `length` bytes and its padding; empty when there is no more.
[[nodiscard]] inline Bytes behind(Bytes bytes, std::size_t length) {
  const std::size_t padded = (length + kAlignment - 1) & ~(kAlignment - 1);
  return bytes.subspan(std::min(padded, bytes.size()));
}

struct Attribute {
  int type = 0;  // without the flags for nesting and byte order
  Bytes value;
};

class AttributeReader {
 public:
  // `bytes`: what follows the fixed part of a message, or the value of a nested attribute. They begin at a
  // multiple of four, as recv() and the kernel place them.
  explicit AttributeReader(Bytes bytes) : rest_(bytes) {}

  // False at the end; a torn attribute ends them, too.
  [[nodiscard]] bool next(Attribute& attribute);

 private:
  Bytes rest_;
};

// Calls `take(type, value)` for each attribute.
template <class Take>
void for_each_attribute(Bytes bytes, const Take& take) {
  AttributeReader reader(bytes);
  Attribute attribute;
  while (reader.next(attribute)) take(attribute.type, attribute.value);
}

}  // namespace conntrail::netlink
