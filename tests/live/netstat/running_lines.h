// RunningLines: what a program prints while it runs, for -c.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace conntrail::test {

// The program runs until nobody reads its lines any more.
class RunningLines {
 public:
  explicit RunningLines(const std::vector<std::string>& words) {
    std::string command = "exec";
    for (const std::string& word : words) command += " '" + word + "'";  // no word of ours has a quote
    stream_ = ::popen(command.c_str(), "re");
    if (stream_ == nullptr) throw std::runtime_error("cannot start " + words.front());
  }
  RunningLines(const RunningLines&) = delete;
  RunningLines& operator=(const RunningLines&) = delete;
  ~RunningLines() { ::pclose(stream_); }

  // Reads up to a line that begins so; answers it and those before.
  std::vector<std::string> up_to(std::string_view beginning) {
    constexpr std::size_t kLimit = 500;
    std::vector<std::string> lines;
    char buffer[1024];
    while (lines.size() < kLimit && std::fgets(buffer, sizeof buffer, stream_) != nullptr) {
      lines.emplace_back(buffer);
      if (lines.back().starts_with(beginning)) return lines;
    }
    throw std::runtime_error("no line begins with " + std::string(beginning));
  }

 private:
  FILE* stream_ = nullptr;
};

}  // namespace conntrail::test
