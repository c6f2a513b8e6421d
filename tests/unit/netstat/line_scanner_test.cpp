// LineScanner against sscanf itself.
#include "proc/line_scanner.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace conntrail::netstat {
namespace {

class Numbers : public testing::TestWithParam<const char*> {};

TEST_P(Numbers, AreReadAsBySscanf) {
  const std::string text = GetParam();
  int expected_int = 0;
  unsigned expected_hex = 0;
  unsigned long expected_long_hex = 0;
  unsigned long expected_unsigned = 0;
  const bool is_int = std::sscanf(text.c_str(), "%d", &expected_int) == 1;
  const bool is_hex = std::sscanf(text.c_str(), "%X", &expected_hex) == 1;
  const bool is_long_hex = std::sscanf(text.c_str(), "%lX", &expected_long_hex) == 1;
  const bool is_unsigned = std::sscanf(text.c_str(), "%lu", &expected_unsigned) == 1;

  std::int32_t as_int = 0;
  std::uint32_t as_hex = 0;
  std::uint64_t as_long_hex = 0;
  std::uint64_t as_unsigned = 0;
  EXPECT_EQ(LineScanner(text).decimal(as_int), is_int);
  EXPECT_EQ(LineScanner(text).hex(as_hex), is_hex);
  EXPECT_EQ(LineScanner(text).hex(as_long_hex), is_long_hex);
  EXPECT_EQ(LineScanner(text).decimal(as_unsigned), is_unsigned);
  EXPECT_EQ(as_int, expected_int);
  EXPECT_EQ(as_hex, expected_hex);
  EXPECT_EQ(as_long_hex, expected_long_hex);
  EXPECT_EQ(as_unsigned, expected_unsigned);
}

INSTANTIATE_TEST_SUITE_P(All, Numbers,
                         testing::Values("0", "7", " 12", "\t 12x", "-5", "+5", "--5", "", " ", "x", "FF",
                                         "ff", "0xff", "0XFF ", "0x", "0xg", "-0x", "0x-1", "0x 1",
                                         "2147483647", "2147483648", "4294967295", "4294967296",
                                         "-2147483649", "9223372036854775807", "9223372036854775808",
                                         "18446744073709551615", "18446744073709551616",
                                         "99999999999999999999999", "-99999999999999999999999", "-1",
                                         "-9223372036854775808", "FFFFFFFFFFFFFFFF", "10000000000000000",
                                         "-FF", "00000000000000000000000000000000000000012"));

TEST(LineScanner, PointersAreReadAsBySscanf) {
  for (const char* text : {"0", "ffff8800", "0xFF", " (nil)", "(NiL):", "(nil", "(", "-(nil)", "", "x"}) {
    void* expected = nullptr;
    const bool is_pointer = std::sscanf(text, "%p", &expected) == 1;
    std::uint64_t value = 0;
    EXPECT_EQ(LineScanner(text).pointer(value), is_pointer) << text;
    EXPECT_EQ(value, reinterpret_cast<std::uintptr_t>(expected)) << text;
  }
}

// Found by fuzzing: what follows a "0x" without digits.
TEST(LineScanner, PrefixAloneIsTaken) {
  LineScanner scanner("0xg");
  std::uint32_t value = 7;
  EXPECT_TRUE(scanner.hex(value));
  EXPECT_EQ(value, 0U);
  EXPECT_EQ(scanner.rest(), "g");
}

TEST(LineScanner, PiecesOfALine) {
  LineScanner scanner("  12: 0100007F:0050 rest of it\n");
  std::int32_t slot = 0;
  std::string_view digits;
  std::uint32_t port = 0;
  std::string_view word;
  ASSERT_TRUE(scanner.decimal(slot));
  EXPECT_FALSE(scanner.literal(';'));
  ASSERT_TRUE(scanner.literal(':'));
  EXPECT_FALSE(scanner.hex_digits(digits, 64));  // no blanks are skipped
  scanner.skip_blanks();
  ASSERT_TRUE(scanner.hex_digits(digits, 64));
  ASSERT_TRUE(scanner.literal(':'));
  ASSERT_TRUE(scanner.hex(port));
  ASSERT_TRUE(scanner.word(word));
  EXPECT_EQ(slot, 12);
  EXPECT_EQ(digits, "0100007F");
  EXPECT_EQ(port, 80U);
  EXPECT_EQ(word, "rest");
  EXPECT_EQ(scanner.rest(), " of it\n");
}

TEST(LineScanner, LimitsAreKept) {
  std::string_view text;
  LineScanner digits("0123456789");
  ASSERT_TRUE(digits.hex_digits(text, 4));
  EXPECT_EQ(text, "0123");
  LineScanner word(" abcdefgh");
  ASSERT_TRUE(word.word(text, 3));
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(word.rest(), "defgh");
}

}  // namespace
}  // namespace conntrail::netstat
