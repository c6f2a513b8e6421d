#include "proc/line_scanner.h"

#include <algorithm>
#include <limits>

namespace conntrail::netstat {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The value of a digit in any base up to 16, or a number no base has.
unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return 255;
}

}  // namespace

void LineScanner::skip_blanks() {
  while (at_ != end_ && is_blank(*at_)) ++at_;
}

bool LineScanner::literal(char c) {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

// glibc's scanf of numbers: blanks, a sign, in base 16 an optional 0x (which is a zero when no digit
// follows); too large a number becomes the largest one.
bool LineScanner::number(int base, bool is_signed, std::uint64_t& value, std::size_t limit_length) {
  skip_blanks();
  const char* p = at_;
  const char* end = limit_length < static_cast<std::size_t>(end_ - at_) ? at_ + limit_length : end_;
  bool negative = false;
  if (p != end && (*p == '-' || *p == '+')) negative = *p++ == '-';
  const bool prefixed = base == 16 && end - p > 1 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
  if (prefixed) p += 2;

  const auto radix = static_cast<std::uint64_t>(base);
  const std::uint64_t limit =
      !is_signed
          ? std::numeric_limits<std::uint64_t>::max()
          : static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + (negative ? 1U : 0U);
  std::uint64_t magnitude = 0;
  bool overflow = false;
  const char* first = p;
  for (; p != end; ++p) {
    const unsigned digit = digit_value(*p);
    if (digit >= radix) break;
    if (magnitude > (limit - digit) / radix) overflow = true;
    magnitude = magnitude * radix + digit;
  }
  if (p == first && !prefixed) return false;
  at_ = p;
  if (overflow) magnitude = limit;
  // An unsigned conversion that overflows answers the limit whatever its sign.
  value = negative && !(overflow && !is_signed) ? 0 - magnitude : magnitude;
  return true;
}

bool LineScanner::decimal(std::int32_t& value) {
  std::uint64_t wide = 0;
  if (!number(10, true, wide)) return false;
  value = static_cast<std::int32_t>(static_cast<std::uint32_t>(wide));
  return true;
}

bool LineScanner::decimal(std::uint64_t& value) { return number(10, false, value); }

bool LineScanner::hex(std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!number(16, false, wide)) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

bool LineScanner::hex(std::uint32_t& value, std::size_t limit) {
  std::uint64_t wide = 0;
  if (!number(16, false, wide, limit)) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

bool LineScanner::hex(std::uint64_t& value) { return number(16, false, value); }

bool LineScanner::pointer(std::uint64_t& value) {
  if (hex(value)) return true;
  static constexpr std::string_view kNull = "(nil)";
  skip_blanks();
  const std::string_view left = rest();
  if (!std::ranges::equal(left.substr(0, kNull.size()), kNull, [](char a, char b) {
        return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
      }))
    return false;
  at_ += kNull.size();
  value = 0;
  return true;
}

bool LineScanner::hex_digits(std::string_view& digits, std::size_t limit) {
  const char* first = at_;
  while (at_ != end_ && static_cast<std::size_t>(at_ - first) < limit && digit_value(*at_) < 16) ++at_;
  if (at_ == first) return false;
  digits = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

bool LineScanner::word(std::string_view& text, std::size_t limit) {
  skip_blanks();
  const char* first = at_;
  while (at_ != end_ && static_cast<std::size_t>(at_ - first) < limit && !is_blank(*at_)) ++at_;
  if (at_ == first) return false;
  text = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

}  // namespace conntrail::netstat
