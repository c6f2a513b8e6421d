// JsonWriter's pieces and the structure that JsonObject and JsonArray put on top of them.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "conntrail/base/json_object.h"

namespace conntrail {
namespace {

using namespace std::string_view_literals;

template <class Write>
std::string written(const Write& write) {
  std::string out;
  JsonWriter json(out);
  write(json);
  json.flush();
  return out;
}

std::string as_string(std::string_view text) {
  return written([&](JsonWriter& json) { json.string(text); });
}

TEST(JsonWriter, EscapesWhatJsonWantsEscaped) {
  EXPECT_EQ(as_string("nginx"), R"("nginx")");
  EXPECT_EQ(as_string(""), R"("")");
  EXPECT_EQ(as_string(R"(a"b\c)"), R"("a\"b\\c")");
  EXPECT_EQ(as_string("/"), R"("/")");
}

TEST(JsonWriter, ControlCharactersAreEscapedByNumber) {
  EXPECT_EQ(as_string("\n\t\x1b[31m\x7f"), R"("\u000a\u0009\u001b[31m\u007f")");
  EXPECT_EQ(as_string("a\0b"sv), R"("a\u0000b")");
  EXPECT_EQ(as_string("\xc2\x85"), R"("\u0085")");  // C1 in UTF-8: a terminal would obey it
}

TEST(JsonWriter, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(as_string("a\xff"
                      "b"),
            R"("a\ufffdb")");
  EXPECT_EQ(as_string("\xc3"), R"("\ufffd")");                      // cut off
  EXPECT_EQ(as_string("\xc0\xaf"), R"("\ufffd\ufffd")");            // overlong
  EXPECT_EQ(as_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate
  EXPECT_EQ(as_string("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
}

TEST(JsonWriter, LongTextsAreWhole) {
  for (const std::size_t length : {127U, 128U, 129U, 1023U, 1024U, 5000U}) {
    const std::string text(length, 'x');
    EXPECT_EQ(as_string(text), '"' + text + '"') << length;
    EXPECT_EQ(written([&](JsonWriter& json) { json.raw_text(text); }), text) << length;
  }
}

TEST(JsonWriter, Numbers) {
  EXPECT_EQ(written([](JsonWriter& json) { json.number(std::numeric_limits<std::uint64_t>::max()); }),
            "18446744073709551615");
  EXPECT_EQ(written([](JsonWriter& json) { json.signed_number(std::numeric_limits<std::int64_t>::min()); }),
            "-9223372036854775808");
  EXPECT_EQ(written([](JsonWriter& json) { json.microseconds(Nanoseconds(-1'234'567)); }), "-1234.567");
}

TEST(JsonWriter, RealNumbersLikePrintf) {
  const auto significant = [](double value) {
    return written([value](JsonWriter& json) { json.significant(value, 6); });
  };
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(significant(0.25), "0.25");
  EXPECT_EQ(significant(1234567), "1.23457e+06");
  EXPECT_EQ(significant(0.00001), "1e-05");
  EXPECT_EQ(written([](JsonWriter& json) { json.decimal(2.5, 2); }), "2.50");
  EXPECT_EQ(written([](JsonWriter& json) { json.decimal(std::numeric_limits<double>::max(), 0); }).size(),
            309U);
}

TEST(JsonWriter, WhatIsNotFiniteIsNull) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(written([value](JsonWriter& json) { json.significant(value, 6); }), "null");
    EXPECT_EQ(written([value](JsonWriter& json) { json.decimal(value, 1); }), "null");
  }
}

TEST(JsonObject, EmptyOnes) {
  EXPECT_EQ(written([](JsonWriter& json) { const JsonObject object(json); }), "{}");
  EXPECT_EQ(written([](JsonWriter& json) { const JsonArray array(json); }), "[]");
}

TEST(JsonObject, EveryKindOfValueWithItsCommas) {
  const auto write = [](JsonWriter& json) {
    JsonObject object(json);
    object.text("text", "a\"b");
    object.number("large", std::numeric_limits<std::uint64_t>::max());
    object.number("negative", -7);
    object.number("port", std::uint16_t{443});
    object.boolean("yes", true);
    object.boolean("no", false);
    object.null("nothing");
    object.microseconds("took_us", Nanoseconds(1'500));
    object.time("at", 0);
    object.key("own").raw("1.0");
  };
  EXPECT_EQ(written(write),
            R"({"text":"a\"b","large":18446744073709551615,"negative":-7,"port":443,"yes":true,"no":false,)"
            R"("nothing":null,"took_us":1.500,"at":"1970-01-01T00:00:00.000000000Z","own":1.0})");
}

TEST(JsonObject, KeysAreEscapedToo) {
  const auto write = [](JsonWriter& json) {
    JsonObject object(json);
    object.number("a\"\n\xff", 1);
  };
  EXPECT_EQ(written(write), R"({"a\"\u000a\ufffd":1})");
}

TEST(JsonObject, NestedInEachOther) {
  const auto write = [](JsonWriter& json) {
    JsonObject outer(json);
    {
      JsonObject facts = outer.object("facts");
      facts.number("n", 1);
      const JsonObject empty = facts.object("empty");
    }
    {
      JsonArray rows = outer.array("rows");
      for (int i = 0; i < 2; ++i) {
        JsonObject row = rows.object();
        row.number("i", i);
      }
      JsonArray inner = rows.array();
      inner.number(1);
      inner.null();
      inner.text("x");
    }
    outer.boolean("last", true);
  };
  EXPECT_EQ(written(write),
            R"({"facts":{"n":1,"empty":{}},"rows":[{"i":0},{"i":1},[1,null,"x"]],"last":true})");
}

TEST(JsonObject, EndsOnce) {
  const auto write = [](JsonWriter& json) {
    JsonObject object(json);
    object.number("n", 1);
    object.end();
    json.raw("\n");
    object.end();
  };
  EXPECT_EQ(written(write), "{\"n\":1}\n");
}

TEST(JsonArray, KnowsWhetherItIsEmpty) {
  std::string out;
  JsonWriter json(out);
  JsonArray array(json);
  EXPECT_TRUE(array.empty());
  array.number(1);
  EXPECT_FALSE(array.empty());
}

}  // namespace
}  // namespace conntrail
