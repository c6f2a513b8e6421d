// The value of a Result that a test cannot go on without.
#pragma once

#include <stdexcept>
#include <utility>

#include "conntrail/base/result.h"

namespace conntrail::test {

// Throws std::runtime_error with the error's text; gtest reports it as the test's failure.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(format_error(result.error()));
  return std::move(*result);
}

}  // namespace conntrail::test
