// A test's own surroundings that do not come about end the test.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace conntrail::test {

[[noreturn]] inline void fail_with_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace conntrail::test
