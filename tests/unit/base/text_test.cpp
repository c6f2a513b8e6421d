#include "conntrail/base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <clocale>
#include <nlohmann/json.hpp>
#include <random>

#include "conntrail/base/errno_name.h"

namespace conntrail {
namespace {

TEST(Printable, control_characters) {
  EXPECT_EQ(printable("plain text"), "plain text");
  EXPECT_EQ(printable("a\033[31mb\r\n\t\x7f"), "a?[31mb????");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a?b");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31m"),
            "a?31m");  // U+009B, CSI as one character
  EXPECT_EQ(printable("\xc2\x80\xc2\x9f\xc2\xa0"), "??\xc2\xa0");
}

TEST(Printable, valid_utf8_stays) {
  for (const std::string_view text : {"größe", "日本", "€", "\U0001F600", "\U0010FFFF"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, invalid_utf8) {
  EXPECT_EQ(printable("\x80"), "?");
  EXPECT_EQ(printable("\x9b"), "?");  // a raw C1 byte
  EXPECT_EQ(printable("a\xff\xfe"), "a??");
  EXPECT_EQ(printable("\xc3"), "?");    // cut at the end
  EXPECT_EQ(printable("\xc3("), "?(");  // cut in the middle
  EXPECT_EQ(printable("\xe2\x82"), "??");
  EXPECT_EQ(printable("\xc0\xaf"), "??");            // overlong
  EXPECT_EQ(printable("\xe0\x80\xaf"), "???");       // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // above U+10FFFF
  EXPECT_EQ(printable("\xf5\x80\x80\x80"), "????");
}

TEST(Printable, deceptive_characters) { EXPECT_EQ(printable("a\u202eb\u2066c\u200f\ufeff"), "a?b?c??"); }

TEST(Text, split) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("a,b,,c", ','), (Parts{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), Parts{""});
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
  EXPECT_EQ(split_words("  a \t b  "), (Parts{"a", "b"}));
  EXPECT_EQ(split_words("a"), Parts{"a"});
  EXPECT_TRUE(split_words(" \t").empty());
  EXPECT_TRUE(split_words("").empty());
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(to_lower("AbÖ-Z9"), "abÖ-z9");
  EXPECT_EQ(to_upper("aBö-z9"), "ABö-Z9");
}

TEST(Text, parse_number) {
  EXPECT_EQ(parse_number<int>("-5"), -5);
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_FALSE(parse_number<std::uint16_t>("65536"));
  EXPECT_FALSE(parse_number<unsigned>("-1"));
  EXPECT_FALSE(parse_number<unsigned>("+1"));
  EXPECT_FALSE(parse_number<unsigned>(""));
  EXPECT_FALSE(parse_number<unsigned>("1 "));
  EXPECT_FALSE(parse_number<unsigned>(" 1"));
  EXPECT_EQ(parse_number<unsigned>("0A", 16), 10U);
}

TEST(Text, nearest) {
  constexpr std::array<std::string_view, 4> kWords{"dport", "sport", "state", "established"};
  EXPECT_EQ(nearest("dprot", kWords), "dport");  // a swap counts one
  EXPECT_EQ(nearest("DPORT", kWords), "dport");
  EXPECT_EQ(nearest("stat", kWords), "state");
  EXPECT_EQ(nearest("estblshed", kWords), "established");
  EXPECT_FALSE(nearest("netns", kWords));
  EXPECT_FALSE(nearest("", kWords));
  EXPECT_FALSE(nearest("x", std::span<const std::string_view>{}));
  EXPECT_FALSE(nearest(std::string(10000, 'd'), kWords));
}

// One letter is not near another one: nothing of the word would be left.
TEST(Text, nearest_keeps_something_of_the_word) {
  constexpr std::array<std::string_view, 2> kWords{"t", "no"};
  EXPECT_FALSE(nearest("x", kWords));
  EXPECT_EQ(nearest("mo", kWords), "no");
}

TEST(Text, display_width) {
  const std::string before = std::setlocale(LC_CTYPE, nullptr);
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  const std::size_t ascii = display_width("abc");
  const std::size_t latin = display_width("größe");
  const std::size_t wide = display_width("日本");
  const std::size_t combining = display_width("e\u0301");
  const std::size_t invalid = display_width("a\xff\xfe");
  std::setlocale(LC_CTYPE, before.c_str());
  EXPECT_EQ(ascii, 3U);
  EXPECT_EQ(latin, 5U);
  EXPECT_EQ(wide, 4U);
  EXPECT_EQ(combining, 1U);
  EXPECT_EQ(invalid, 3U);
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("µs"), 2U);  // also in the C locale
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Json, strings) {
  EXPECT_EQ(json("a"), "\"a\"");
  EXPECT_EQ(json(""), "\"\"");
  EXPECT_EQ(json("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
  EXPECT_EQ(json("\n\033"), "\"\\u000a\\u001b\"");
  EXPECT_EQ(json("ö"), "\"ö\"");
  EXPECT_EQ(json("\xff"), "\"\\ufffd\"");
  EXPECT_EQ(json("\xc2\x9b"), "\"\\u009b\"");
}

// A JSON parser gives valid text back as it was, and accepts whatever comes in.
TEST(Json, every_string_is_valid_json) {
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (auto n = random() % 20; n > 0; --n) text += static_cast<char>(random() % (i % 2 == 0 ? 128 : 256));
    const std::string out = json(text);
    const auto parsed = nlohmann::json::parse(out, nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << out;
    if (i % 2 == 0) {
      EXPECT_EQ(parsed.get<std::string>(), text);
    }
    EXPECT_EQ(printable(out), out);
  }
}

TEST(ErrnoName, names) {
  EXPECT_EQ(errno_name(111), "ECONNREFUSED");
  EXPECT_EQ(errno_name(110), "ETIMEDOUT");
  EXPECT_EQ(errno_name(104), "ECONNRESET");
  EXPECT_EQ(errno_name(11), "EAGAIN");
  EXPECT_EQ(errno_name(0), "");
  EXPECT_EQ(errno_name(4095), "E4095");
}

}  // namespace
}  // namespace conntrail
