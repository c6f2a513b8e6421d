#include "golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace conntrail::view {

void expect_golden(std::string_view name, const std::string& actual) {
  const std::string path = CONNTRAIL_SOURCE_DIR "/tests/golden/view/" + std::string(name);
  if (std::getenv("CONNTRAIL_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    ADD_FAILURE() << "wrote " << path << ": read it, then run without CONNTRAIL_WRITE_GOLDEN";
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "cannot open " << path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << path;
}

}  // namespace conntrail::view
