// Sizes and durations as people type them.
#include "options/amounts.h"

#include <gtest/gtest.h>

#include <chrono>

namespace conntrail::cli {
namespace {

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "no error" : format_error(result.error());
}

TEST(Amounts, Sizes) {
  EXPECT_EQ(parse_size("--max-size", "4096"), 4096U);
  EXPECT_EQ(parse_size("--max-size", "256k"), 256U << 10U);
  EXPECT_EQ(parse_size("--max-size", "64M"), 64U << 20U);
  EXPECT_EQ(parse_size("--max-size", "1G"), 1U << 30U);
  for (const char* text : {"0", "M", "1T", "-1", "1.5M", "18446744073709551615K"})
    EXPECT_EQ(error_of(parse_size("--max-size", text)),
              "--max-size: '" + std::string(text) + "' is not a usable size (write bytes, or 256K, 64M, 1G)");
}

TEST(Amounts, RingSizes) {
  EXPECT_EQ(parse_ring_size("4K"), 4096U);
  EXPECT_EQ(parse_ring_size("1G"), std::size_t{1} << 30U);
  for (const char* text : {"4095", "1025M", "much"})
    EXPECT_EQ(error_of(parse_ring_size(text)),
              "--ring-size: '" + std::string(text) +
                  "' is not a usable size (write 4K to 1G, such as 256K or 64M)");
}

TEST(Amounts, Durations) {
  const auto none = parse_duration_option("--for", "");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  const auto some = parse_duration_option("--for", "1.5s");
  ASSERT_TRUE(some);
  EXPECT_EQ(some->value_or(Nanoseconds(0)), std::chrono::milliseconds(1500));
  EXPECT_EQ(error_of(parse_duration_option("--for", "soon")),
            "--for: 'soon' is not a duration (write a number and a unit, such as 500ms, 10s or 5m)");
}

}  // namespace
}  // namespace conntrail::cli
