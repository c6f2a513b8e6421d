// LineScanner: reads a /proc line as sscanf would, conversion by conversion, so that damaged lines are judged
// exactly as netstat judges them. A conversion that does not match leaves its variable alone and answers
// false.
#pragma once

#include <cstdint>
#include <string_view>

namespace conntrail::netstat {

// What fits into the kernel's IFNAMSIZ, as netstat's formats have it (%15s).
inline constexpr std::size_t kLongestDeviceName = 15;

[[nodiscard]] inline std::string_view without_newline(std::string_view line) {
  return line.substr(0, line.find('\n'));
}

class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  void skip_blanks();                                                          // " " in a format
  [[nodiscard]] bool literal(char c);                                          // a plain character
  [[nodiscard]] bool decimal(std::int32_t& value);                             // %d
  [[nodiscard]] bool decimal(std::uint64_t& value);                            // %lu
  [[nodiscard]] bool hex(std::uint32_t& value);                                // %X
  [[nodiscard]] bool hex(std::uint32_t& value, std::size_t limit);             // %8X
  [[nodiscard]] bool hex(std::uint64_t& value);                                // %lX
  [[nodiscard]] bool pointer(std::uint64_t& value);                            // %p
  [[nodiscard]] bool hex_digits(std::string_view& digits, std::size_t limit);  // %64[0-9A-Fa-f]
  [[nodiscard]] bool word(std::string_view& text, std::size_t limit = std::string_view::npos);  // %s, %15s
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  [[nodiscard]] bool number(int base, bool is_signed, std::uint64_t& value,
                            std::size_t limit = std::string_view::npos);

  const char* at_;
  const char* end_;
};

}  // namespace conntrail::netstat
