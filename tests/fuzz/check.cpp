#include "check.h"

#include <cstdio>
#include <cstdlib>

namespace conntrail::fuzz {

namespace {

// Bytes of the character that begins with `lead`; 0: none does. `least` is the smallest code point that needs
// so many.
std::size_t length_of(std::uint8_t lead, std::uint32_t& least) {
  if (lead < 0x80) return least = 0, 1;
  if (lead >= 0xc0 && lead < 0xe0) return least = 0x80, 2;
  if (lead >= 0xe0 && lead < 0xf0) return least = 0x800, 3;
  if (lead >= 0xf0 && lead < 0xf8) return least = 0x10000, 4;
  return 0;
}

}  // namespace

void require(bool good, std::string_view what, std::string_view shown) {
  if (good) return;
  std::fprintf(stderr, "\nNot as it must be: %.*s\n", static_cast<int>(what.size()), what.data());
  if (!shown.empty()) std::fprintf(stderr, "|%.*s|\n", static_cast<int>(shown.size()), shown.data());
  std::abort();
}

bool is_safe_for_terminal(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    std::uint32_t least = 0;
    const std::size_t length = length_of(lead, least);
    if (length == 0 || length > text.size() - at) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<std::uint8_t>(text[at + i]);
      if ((next & 0xc0U) != 0x80) return false;
      point = point << 6U | (next & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < least || point > 0x10ffff || surrogate) return false;
    const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    if (control && point != '\n') return false;
    at += length;
  }
  return true;
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

}  // namespace conntrail::fuzz
