// Glob: process names with "*" (any text) and "?" (one character).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace conntrail::filter {

class Glob {
 public:
  // A backslash makes the next character stand for itself.
  // `longest`: the kernel keeps no more of what is compared, so of a pattern without wildcards the rest is
  // left out.
  explicit Glob(std::string_view pattern, std::size_t longest = kLongestName);
  // TASK_COMM_LEN - 1: "systemd-resolved" must find "systemd-resolve".
  static constexpr std::size_t kLongestName = 15;

  // No allocation; time is bounded by the product of the lengths, and what is compared is short.
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  std::string pattern_;  // each step is two bytes: its kind, then the literal byte (unused for wildcards)
};

}  // namespace conntrail::filter
