// Runs the real netstat (package net-tools) and ours with the same words and compares what they print.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "command.h"

namespace conntrail::test {

inline constexpr const char* kRealNetstat = "/usr/bin/netstat";

// The blank-separated words of a command line.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

struct BothResults {
  CommandResult real;
  CommandResult ours;
};

// What may differ between two runs a moment apart.
enum class Tolerance {
  none,            // every byte counts
  running_timers,  // the seconds in "keepalive (7167.38/0/0)" may have moved by up to two; nothing else
};

// stdout, stderr and exit status equal? Rows that appear or go between the two runs are excused by repeating
// both, up to ten times. `prefix` stands before both commands ("env", "LANGUAGE=de"), `own_options` behind
// ours.
[[nodiscard]] testing::AssertionResult same_as_netstat(std::string_view options,
                                                       Tolerance tolerance = Tolerance::none,
                                                       const std::vector<std::string>& own_options = {},
                                                       const std::vector<std::string>& prefix = {});

// Once each, for tests of what is meant to differ.
[[nodiscard]] BothResults run_both(std::string_view options, const std::vector<std::string>& own_options = {},
                                   const std::vector<std::string>& prefix = {});

// A directory tree that stands for /proc: files and links by path ("net/tcp", "3000/fd/3"). Made in a private
// mount namespace for each run, so nothing is left behind.
class ProcFixture {
 public:
  ProcFixture();
  ProcFixture(const ProcFixture&) = delete;
  ProcFixture& operator=(const ProcFixture&) = delete;
  ~ProcFixture();

  void file(const std::string& path, std::string_view text);
  void link(const std::string& path, const std::string& target);

  // Where a file of the tree lies outside of it.
  [[nodiscard]] std::string path(const std::string& path) const { return directory_ + "/" + path; }

  // Words to stand before a command that shall see the tree as /proc.
  [[nodiscard]] std::vector<std::string> prefix() const;

 private:
  std::string directory_;
};

}  // namespace conntrail::test
