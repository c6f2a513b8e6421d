#include "conntrail/base/json_writer.h"

#include <algorithm>
#include <cmath>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

// Printable ASCII without the two characters that JSON escapes: nearly every process name.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

constexpr std::size_t kLongestReal = 400;         // the largest double has 309 digits before the point
constexpr std::size_t kLongestMicroseconds = 24;  // sign, 16 digits, point, three decimals

char* write_microseconds(char* begin, Nanoseconds duration) {
  char* p = begin;
  auto ns = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) {
    *p++ = '-';
    ns = 0 - ns;
  }
  p = std::to_chars(p, begin + kLongestMicroseconds, ns / 1000).ptr;
  const auto decimals = static_cast<unsigned>(ns % 1000);
  *p++ = '.';
  *p++ = static_cast<char>('0' + decimals / 100);
  *p++ = static_cast<char>('0' + decimals / 10 % 10);
  *p++ = static_cast<char>('0' + decimals % 10);
  return p;
}

}  // namespace

void JsonWriter::microseconds(Nanoseconds duration) {
  make_room();
  char* begin = buffer_.data() + used_;
  used_ += static_cast<std::size_t>(write_microseconds(begin, duration) - begin);
}

void JsonWriter::significant(double value, int digits) { real(value, std::chars_format::general, digits); }

void JsonWriter::decimal(double value, int decimals) { real(value, std::chars_format::fixed, decimals); }

void JsonWriter::real(double value, std::chars_format format, int precision) {
  if (!std::isfinite(value)) return raw("null");
  std::array<char, kLongestReal> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value, format, precision);
  raw_text({text.data(), static_cast<std::size_t>(result.ptr - text.data())});
}

void JsonWriter::address(const IpAddress& address) {
  raw("\"");
  flush();
  append(out_, address);
  raw("\"");
}

void JsonWriter::time(std::int64_t real_ns) {
  raw("\"");
  flush();
  append_rfc3339(out_, real_ns);
  raw("\"");
}

void JsonWriter::string(std::string_view text) {
  if (text.size() <= kReserve && is_plain(text)) {
    raw("\"");
    raw_text(text);
    raw("\"");
    return;
  }
  flush();
  append_json_string(out_, text);
}

void append_microseconds(std::string& out, Nanoseconds duration) {
  char buffer[kLongestMicroseconds];
  out.append(buffer, write_microseconds(buffer, duration));
}

}  // namespace conntrail
