// JsonWriter: appends the pieces of a JSON object to a string. It knows no structure: the callers write the
// punctuation and the keys as literals, which the compiler turns into a few moves each. json_object.h keeps
// the structure on top of it, for everything that is not written hundreds of thousands of times a second.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "conntrail/base/clock.h"
#include "conntrail/base/ip_address.h"

namespace conntrail {

// What is written is collected in a small buffer and handed to the string in few, large pieces: at 600 000
// lines a second the string's own bookkeeping for some fifty pieces a line would be half of the cost.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { flush(); }

  template <std::size_t N>
  void raw(const char (&literal)[N]) {
    static_assert(N - 1 <= kReserve);
    make_room();
    std::memcpy(buffer_.data() + used_, literal, N - 1);
    used_ += N - 1;
  }

  // Text that is known to need no escaping (names of states, errno names).
  void raw_text(std::string_view text) {
    if (text.empty()) return;  // it may have no data at all
    if (text.size() > kReserve) {
      flush();
      out_ += text;
      return;
    }
    make_room();
    std::memcpy(buffer_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }

  void number(std::uint64_t value) {
    make_room();
    char* begin = buffer_.data() + used_;
    used_ += static_cast<std::size_t>(std::to_chars(begin, begin + kReserve, value).ptr - begin);
  }
  void signed_number(std::int64_t value) {
    make_room();
    char* begin = buffer_.data() + used_;
    used_ += static_cast<std::size_t>(std::to_chars(begin, begin + kReserve, value).ptr - begin);
  }
  void character(char c) {
    make_room();
    buffer_[used_++] = c;
  }
  // As JSON has no other numbers, what is not finite becomes null. `digits` that count, as printf's %g; or
  // exactly so many decimals.
  void significant(double value, int digits);
  void decimal(double value, int decimals);
  void boolean(bool value) { raw_text(value ? "true" : "false"); }

  void microseconds(Nanoseconds duration);  // 1234.567
  void address(const IpAddress& address);   // with its quotes
  void time(std::int64_t real_ns);          // RFC 3339, with its quotes
  void string(std::string_view text);       // any text, with its quotes

  // Before someone else appends to the string or reads it.
  void flush() {
    out_.append(buffer_.data(), used_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kReserve = 128;  // the longest single piece

  void real(double value, std::chars_format format, int precision);
  void make_room() {
    if (used_ + kReserve > buffer_.size()) flush();
  }

  std::string& out_;
  std::array<char, 1024> buffer_;  // not initialised on purpose: only [0, used_) is read
  std::size_t used_ = 0;
};

// "1234.567": microseconds with three decimals, as every key that ends in _us and is not the kernel's own
// number.
void append_microseconds(std::string& out, Nanoseconds duration);

}  // namespace conntrail
