// What the fuzz targets demand of every answer, told apart from what the program itself uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace conntrail::fuzz {

// Ends the run with `what` and the text in question when `good` is false; libFuzzer then keeps the input.
void require(bool good, std::string_view what, std::string_view shown = {});

// Only whole UTF-8 characters, none of them a control character but the newline.
[[nodiscard]] bool is_safe_for_terminal(std::string_view text);

[[nodiscard]] std::string_view text_of(const std::uint8_t* data, std::size_t size);

// The first byte of an input chooses what to do with the rest.
class Choices {
 public:
  explicit Choices(std::uint8_t byte) : rest_(byte) {}
  [[nodiscard]] bool flag() { return number(2) != 0; }
  [[nodiscard]] unsigned number(unsigned below) {
    const unsigned answer = rest_ % below;
    rest_ /= below;
    return answer;
  }

 private:
  unsigned rest_;
};

}  // namespace conntrail::fuzz
