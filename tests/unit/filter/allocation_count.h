// How often this test program has allocated: its operator new counts.
#pragma once

#include <cstddef>

namespace conntrail::filter::test {

[[nodiscard]] std::size_t allocation_count();

}  // namespace conntrail::filter::test
