// Glob: process names with "*" (any text) and "?" (one character).
#pragma once

#include <string>
#include <string_view>

namespace conntrail::filter {

class Glob {
 public:
  // A backslash makes the next character stand for itself.
  explicit Glob(std::string_view pattern);

  // No allocation; time is bounded by the product of the lengths, and a name has at most 15 bytes.
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  std::string pattern_;  // each step is two bytes: its kind, then the literal byte (unused for wildcards)
};

}  // namespace conntrail::filter
