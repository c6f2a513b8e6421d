// netstat --windows in a namespace of its own, and what its tests have in common.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "command.h"
#include "differential.h"
#include "netns.h"

namespace conntrail::test {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline CommandResult windows(std::string_view options, const std::vector<std::string>& prefix = {}) {
  std::vector<std::string> command = prefix;
  command.insert(command.end(), {NETSTAT_UNDER_TEST, "--windows"});
  for (const std::string& word : words_of(options)) command.push_back(word);
  return run_command(command);
}

// The rows of ours, with single blanks.
inline std::vector<std::string> rows_of(const std::string& ours) {
  std::vector<std::string> rows;
  for (const std::string& line : lines_of(ours)) {
    if (!line.starts_with("  TCP") && !line.starts_with("  UDP")) continue;
    std::string row;
    for (const std::string& word : words_of(line)) row += (row.empty() ? "" : " ") + word;
    rows.push_back(row);
  }
  return rows;
}

class NetstatWindows : public testing::Test {
 protected:
  std::optional<PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(is_root()) << "needs root for a network namespace";
    net_.emplace();
  }
};

}  // namespace conntrail::test
