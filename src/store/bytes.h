// Bytes of a capture: little endian, numbers as varints where they are usually small.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail::store {

using ByteView = std::span<const std::uint8_t>;

// Small numbers of either sign become small numbers: 0, -1, 1, -2, … are 0, 1, 2, 3, …
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return (bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ ((value & 1U) != 0 ? ~std::uint64_t{0} : 0));
}

inline constexpr std::size_t kLongestVarint = 10;

class ByteWriter {
 public:
  void u8(std::uint8_t value) {
    room(1);
    bytes_[size_++] = value;
  }
  void u16(std::uint16_t value) { fixed(value); }
  void u32(std::uint32_t value) { fixed(value); }
  void u64(std::uint64_t value) { fixed(value); }
  // Seven bits a byte, the lowest first; the top bit says that more follow.
  void varint(std::uint64_t value) {
    room(kLongestVarint);
    while (value >= 0x80) {
      bytes_[size_++] = static_cast<std::uint8_t>(value | 0x80U);
      value >>= 7U;
    }
    bytes_[size_++] = static_cast<std::uint8_t>(value);
  }
  void signed_varint(std::int64_t value) { varint(zigzag(value)); }
  // As a difference, which wraps: any two values have one.
  void difference(std::uint64_t value, std::uint64_t from) {
    signed_varint(static_cast<std::int64_t>(value - from));
  }
  void bytes(ByteView from) {
    room(from.size());
    if (!from.empty()) std::memcpy(bytes_.data() + size_, from.data(), from.size());
    size_ += from.size();
  }
  void text(std::string_view from) {
    varint(from.size());
    bytes({reinterpret_cast<const std::uint8_t*>(from.data()), from.size()});
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] ByteView view() const { return {bytes_.data(), size_}; }
  void clear() { size_ = 0; }

 private:
  template <class T>
  void fixed(T value) {
    room(sizeof value);
    for (std::size_t i = 0; i < sizeof value; ++i)
      bytes_[size_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void room(std::size_t count) {
    if (bytes_.size() - size_ < count) grow(count);
  }
  void grow(std::size_t count) {
    constexpr std::size_t kLeast = 256;
    bytes_.resize(std::max(bytes_.size() * 2, bytes_.size() + count + kLeast));
  }

  std::vector<std::uint8_t> bytes_;  // the first size_ are written
  std::size_t size_ = 0;
};

// Reads untrusted bytes: past the end, or where a number is malformed, everything is 0 and good() is false
// from then on.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint16_t u16() { return fixed<std::uint16_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kLongestVarint && i < rest_.size(); ++i) {
      const std::uint8_t byte = rest_[i];
      if (i == kLongestVarint - 1 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if (byte < 0x80) {
        rest_ = rest_.subspan(i + 1);
        return value;
      }
    }
    spoil();
    return 0;
  }
  // A varint that must fit.
  template <class T>
  T number(T most = std::numeric_limits<T>::max()) {
    const std::uint64_t value = varint();
    if (value <= most) return static_cast<T>(value);
    spoil();
    return {};
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  std::uint64_t difference(std::uint64_t from) { return from + static_cast<std::uint64_t>(signed_varint()); }
  // A byte that is one of an enumeration's values 0…most.
  template <class Enum>
  Enum one_of(Enum most) {
    return static_cast<Enum>(number<std::uint8_t>(static_cast<std::uint8_t>(most)));
  }
  // A number read before as one of the values least…most; what is none of them spoils all.
  template <class Enum>
  Enum as_one_of(unsigned value, Enum least, Enum most) {
    if (value < static_cast<unsigned>(least) || value > static_cast<unsigned>(most)) {
      spoil();
      return least;
    }
    return static_cast<Enum>(value);
  }
  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      spoil();
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::string text() {
    const ByteView taken = bytes(number<std::size_t>());
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  void spoil() {
    good_ = false;
    rest_ = {};
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  template <class T>
  T fixed() {
    const ByteView taken = bytes(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::uint64_t{taken[i]} << (8 * i);
    return static_cast<T>(value);
  }

  ByteView rest_;
  bool good_ = true;
};

}  // namespace conntrail::store
