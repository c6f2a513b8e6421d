// ProcessTally: which processes a number of connections belong to, and which has the most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conntrail/model/connection.h"

namespace conntrail::diagnose {

// The process of a connection: its owner, else the first that holds it open; pid 0 when nobody is known.
struct ProcessName {
  std::uint32_t pid = 0;
  std::string_view comm;  // lives as long as the connection
};
[[nodiscard]] ProcessName process_of(const Connection& connection);

// Processes of one name count as one program: a client that forks for every request is one culprit.
inline constexpr std::size_t kMostPids = 3;

struct Program {
  std::string_view comm;
  std::uint32_t pid = 0;  // of the process with the most; 0 = not known
  std::size_t processes = 0;
  std::size_t count = 0;            // connections
  std::vector<std::uint32_t> pids;  // of the processes with the most, up to kMostPids

  // "loadgen/812", "nginx/25243, nginx/25244", "curl/12, curl/14, curl/13 and 34 more", "an unknown process".
  [[nodiscard]] std::string label() const;
};

class ProcessTally {
 public:
  void add(const Connection& connection);
  [[nodiscard]] std::size_t total() const { return total_; }
  // Those whose process is known.
  [[nodiscard]] std::size_t known() const;
  // The most first; of equals the lower pid. Those whose process is not known come last, as one.
  [[nodiscard]] std::vector<Program> programs() const;
  // The first of them; nobody when nothing was counted.
  [[nodiscard]] Program most() const;

 private:
  struct Count {
    std::string_view comm;
    std::size_t count = 0;
  };
  std::unordered_map<std::uint32_t, Count> by_pid_;
  std::size_t total_ = 0;
};

// "loadgen/812", or "loadgen/812 and 2 other programs"; connections whose process is not known do not count
// as one, unless there are no others.
[[nodiscard]] std::string programs_text(const ProcessTally& tally);
// For advice: these words where no process is known, which nobody could follow otherwise.
[[nodiscard]] std::string programs_text(const ProcessTally& tally, std::string_view otherwise);

}  // namespace conntrail::diagnose
