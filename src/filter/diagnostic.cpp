#include "diagnostic.h"

#include <algorithm>
#include <utility>

#include "conntrail/base/text.h"

namespace conntrail::filter {
namespace {

constexpr std::size_t kShownBefore = 48;  // bytes of the expression shown on each side of the place
constexpr std::size_t kShownBehind = 32;
constexpr std::size_t kLongestQuote = 60;
constexpr std::string_view kCut = "...";

bool continues_character(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

// The nearest place at or behind `at` where a UTF-8 character begins; invalid text is at most cut 3 bytes
// later.
std::size_t character_start(std::string_view text, std::size_t at) {
  for (int i = 0; i < 3 && continues_character(text, at); ++i) ++at;
  return std::min(at, text.size());
}

// One line: line ends and tabs become blanks before printable() would make them question marks.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') c = ' ';
  }
  return printable(line);
}

std::string picture(std::string_view text, Place place) {
  const std::size_t begin =
      place.begin > kShownBefore ? character_start(text, place.begin - kShownBefore) : 0;
  const std::size_t end = place.begin + kShownBehind < text.size()
                              ? character_start(text, place.begin + kShownBehind)
                              : text.size();
  const std::size_t marked_end = std::min(place.end, end);

  const std::string head =
      std::string(begin > 0 ? kCut : "") + on_one_line(text.substr(begin, place.begin - begin));
  const std::string marked = on_one_line(text.substr(place.begin, marked_end - place.begin));
  const std::string tail =
      on_one_line(text.substr(marked_end, end - marked_end)) + std::string(end < text.size() ? kCut : "");

  const std::size_t width = std::max<std::size_t>(display_width(marked), 1);
  return "  " + head + marked + tail + "\n  " + std::string(display_width(head), ' ') + '^' +
         std::string(width - 1, '~');
}

}  // namespace

std::unexpected<Error> fail_at(std::string_view text, Place place, std::string problem, std::string expected,
                               std::string hint) {
  return fail_usage("cannot read the filter",
                    std::move(problem) + '\n' + picture(text, place) + '\n' + std::move(expected),
                    std::move(hint));
}

std::string quote(std::string_view text) {
  if (text.size() <= kLongestQuote) return '"' + on_one_line(text) + '"';
  return '"' + on_one_line(text.substr(0, character_start(text, kLongestQuote))) + std::string(kCut) + '"';
}

}  // namespace conntrail::filter
