#include "conntrail/recorder/connection_ends.h"

#include <gtest/gtest.h>

namespace conntrail::recorder {
namespace {

// "A | B", "*:*" for an end that may be any; "error" where it is refused.
std::string ends(const std::vector<std::string>& words) {
  const auto parsed = parse_ends(words);
  if (!parsed) {
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    return "error";
  }
  return to_string(parsed->one) + " | " + to_string(parsed->other);
}

TEST(TupleText, BothEnds) {
  const std::string expected = "10.0.0.1:1234 | 10.0.0.2:80";
  EXPECT_EQ(ends({"10.0.0.1:1234-10.0.0.2:80"}), expected);
  EXPECT_EQ(ends({"10.0.0.1:1234", "10.0.0.2:80"}), expected);
  EXPECT_EQ(ends({"10.0.0.1:1234", "→", "10.0.0.2:80"}), expected);
  EXPECT_EQ(ends({"10.0.0.1:1234", "-", "10.0.0.2:80"}), expected);
  EXPECT_EQ(ends({"10.0.0.1:1234 → 10.0.0.2:80"}), expected) << "as show prints it";
  EXPECT_EQ(ends({" 10.0.0.1:1234 - 10.0.0.2:80 "}), expected);
  EXPECT_EQ(ends({"[2001:db8::1]:443-[fe80::1]:50000"}), "[2001:db8::1]:443 | [fe80::1]:50000");
}

TEST(TupleText, OneEndOrAPartOfOne) {
  EXPECT_EQ(ends({"10.0.0.2:80"}), "10.0.0.2:80 | *:*");
  EXPECT_EQ(ends({"10.0.0.2"}), "10.0.0.2:* | *:*");
  EXPECT_EQ(ends({"fe80::1"}), "[fe80::1]:* | *:*");
  EXPECT_EQ(ends({"[fe80::1]"}), "[fe80::1]:* | *:*");
  EXPECT_EQ(ends({":443"}), "*:443 | *:*");
  EXPECT_EQ(ends({"*:443"}), "*:443 | *:*");
  EXPECT_EQ(ends({"10.0.0.2:*"}), "10.0.0.2:* | *:*");
  EXPECT_EQ(ends({":443", "10.0.0.2"}), "*:443 | 10.0.0.2:*");
}

TEST(TupleText, WhatIsNoEndIsRefused) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {""},
                                             {"-"},
                                             {"*:*"},
                                             {"nonsense"},
                                             {"10.0.0.1:99999"},
                                             {"10.0.0.1:"},
                                             {"10.0.0:80"},
                                             {"[fe80::1"},
                                             {"[fe80::1]x"},
                                             {"[fe80::1]80"},
                                             {"1:2", "3", "4"},
                                             {"10.0.0.1:1-10.0.0.2:2-10.0.0.3:3"},
                                             {"80"}}) {
    EXPECT_EQ(ends(words), "error") << (words.empty() ? "" : words.front());
  }
}

}  // namespace
}  // namespace conntrail::recorder
