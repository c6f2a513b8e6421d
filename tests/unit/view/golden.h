// Golden files: the expected output as a person would want to read it, under tests/golden/view.
#pragma once

#include <string>
#include <string_view>

namespace conntrail::view {

// Fails when `actual` is not the content of tests/golden/view/<name>. With CONNTRAIL_WRITE_GOLDEN=1 in the
// environment the file is written instead and the test fails all the same: what was written wants to be read
// before it counts.
void expect_golden(std::string_view name, const std::string& actual);

}  // namespace conntrail::view
