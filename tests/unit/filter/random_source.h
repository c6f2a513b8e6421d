// Random expressions together with their meaning, computed here a second time in the plainest way: the
// reference that the real evaluation and the kernel's condition are held against.
#pragma once

#include <functional>
#include <random>
#include <string>

#include "fixture.h"

namespace conntrail::filter::test {

struct Meaning {
  std::string text;
  std::function<bool(const Connection&)> holds;
};

// Values come from small pools, so that terms often hold, contradict each other or coincide.
class RandomSource {
 public:
  explicit RandomSource(std::uint32_t seed) : engine_(seed) {}

  [[nodiscard]] Meaning expression(int depth);
  [[nodiscard]] Connection connection();
  // The same connection as an earlier event may have shown it: parts of the tuple not known yet.
  [[nodiscard]] FourTuple incomplete(const FourTuple& tuple);

  [[nodiscard]] int below(int limit) { return std::uniform_int_distribution<>(0, limit - 1)(engine_); }

 private:
  [[nodiscard]] Meaning term();
  [[nodiscard]] Meaning port_term();
  [[nodiscard]] Meaning address_term();
  template <class Pool>
  [[nodiscard]] const auto& pick(const Pool& pool) {
    return pool[static_cast<std::size_t>(below(static_cast<int>(std::size(pool))))];
  }

  std::mt19937 engine_;
};

}  // namespace conntrail::filter::test
