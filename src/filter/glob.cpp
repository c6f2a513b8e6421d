#include "glob.h"

#include <algorithm>

namespace conntrail::filter {
namespace {

constexpr char kLiteral = 'l';
constexpr char kAnyText = '*';
constexpr char kOneCharacter = '?';
constexpr std::size_t kStep = 2;

std::size_t character_length(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U)
    ++length;
  return length;
}

}  // namespace

Glob::Glob(std::string_view pattern, std::size_t longest) {
  bool only_literals = true;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char kind = kLiteral;
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      kind = pattern[i];
      only_literals = false;
    }
    pattern_.push_back(kind);
    pattern_.push_back(pattern[i]);
  }
  if (only_literals && longest < pattern.size()) pattern_.resize(std::min(pattern_.size(), longest * kStep));
}

bool Glob::matches(std::string_view name) const {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string::npos;  // the step behind the last "*" seen, and where its text ends so far
  std::size_t star_end = 0;
  while (n < name.size()) {
    if (p < pattern_.size() && pattern_[p] == kAnyText) {
      star = p += kStep;
      star_end = n;
    } else if (p < pattern_.size() && pattern_[p] == kOneCharacter) {
      p += kStep;
      n += character_length(name, n);
    } else if (p < pattern_.size() && pattern_[p + 1] == name[n]) {
      p += kStep;
      ++n;
    } else if (star != std::string::npos) {
      p = star;
      n = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern_.size() && pattern_[p] == kAnyText) p += kStep;
  return p == pattern_.size();
}

}  // namespace conntrail::filter
