// Whole runs of netstat on files of /proc with any content: from the command line's words to the bytes on
// stdout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace conntrail::fuzz {

// One table: the files behind it, and command lines that show it. No -c, no -p, and -n or its like, so that
// a run ends and depends on nothing but the files.
struct Table {
  std::vector<std::string_view> paths;
  std::vector<std::string_view> command_lines;
};

// One input: a byte that chooses the table ('A' the first, 'B' the second, …; append new ones), a byte that
// chooses the command line (likewise), and the files' texts, separated by bytes 0x1c. Files without a text
// are absent.
int run_tables(std::span<const Table> tables, const std::uint8_t* data, std::size_t size);

}  // namespace conntrail::fuzz
