// Input nobody means well with: depth, length, random bytes; and no allocation while matching.
#include <clocale>
#include <random>

#include "allocation_count.h"
#include "conntrail/base/text.h"
#include "fixture.h"

namespace conntrail::filter::test {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

TEST(Hostile, nesting_is_limited) {
  const std::string error = error_of(repeated("(", 10000));
  EXPECT_NE(error.find("nested too deep"), std::string::npos) << error;
  EXPECT_NE(error.find("\n  ...((("), std::string::npos) << error;
  EXPECT_NE(error_of(repeated("! (", 10000)).find("nested too deep"), std::string::npos);
  EXPECT_TRUE(holds(repeated("( ", 100) + "pid 812" + repeated(" )", 100)));
  EXPECT_NE(error_of(repeated("( ", 101) + "pid 812" + repeated(" )", 101)), "");
  EXPECT_TRUE(holds(repeated("( pid 812 ) ", 1000)));  // one after another is not nesting
  EXPECT_TRUE(holds(repeated("! ", 10000) + "pid 812"));
}

TEST(Hostile, length_is_limited) {
  EXPECT_NE(error_of(repeated("pid 812 ", 5000)).find("too long"), std::string::npos);
  EXPECT_TRUE(holds(repeated("pid 812 ", 4000)));
  std::string ports = "sport = :1";
  for (int i = 2; i < 1700; ++i) ports += " or sport = :" + std::to_string(i);
  EXPECT_EQ(parsed(ports).kernel_condition(), KernelCondition{});
  EXPECT_TRUE(holds(ports));
}

TEST(Hostile, error_stays_short_and_printable) {
  for (const std::string& text :
       {repeated("x", 30000), repeated("\033[31m", 2000), repeated("ö", 9000),
        "comm \"" + repeated("\x80", 9000), repeated("a b ", 3000), std::string(5000, '\0')}) {
    const std::string error = error_of(text);
    EXPECT_LT(error.size(), 800U);
    for (const std::string_view line : split(error, '\n')) {
      EXPECT_EQ(printable(line), line);
    }
  }
}

TEST(Hostile, random_bytes_and_random_words_never_crash) {
  std::mt19937 random(99);
  const std::vector<std::string> words{"state",
                                       "exclude",
                                       "established",
                                       "and",
                                       "or",
                                       "not",
                                       "!",
                                       "(",
                                       ")",
                                       "=",
                                       "!=",
                                       ">=",
                                       "sport",
                                       "dst",
                                       "10.0.0.0/8",
                                       "[::1]:22",
                                       "[",
                                       "]",
                                       ":",
                                       "/",
                                       "*",
                                       "comm",
                                       "\"",
                                       "'",
                                       "\\",
                                       "owner",
                                       "a/1",
                                       "age",
                                       "10s",
                                       "netns",
                                       "inet6:",
                                       "%",
                                       "\xc3",
                                       "family",
                                       "reason",
                                       "uid",
                                       "99999999999999999999",
                                       "-",
                                       "",
                                       "\n",
                                       "pid",
                                       "port"};
  int parsed_well = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text;
    const auto length = random() % 24;
    for (unsigned k = 0; k < length; ++k) {
      if (i % 3 == 0) {
        text += static_cast<char>(random() % 256);
      } else {
        text += words[random() % words.size()];
        if (random() % 4 != 0) text += ' ';
      }
    }
    const auto filter = Filter::parse(text, environment());
    if (!filter) {
      ASSERT_EQ(filter.error().kind, ErrorKind::usage);
      ASSERT_NE(filter.error().why.find("\n  "), std::string::npos);
      continue;
    }
    ++parsed_well;
    (void)filter->matches(web(), kNow);
    (void)filter->kernel_condition();
  }
  EXPECT_GT(parsed_well, 100);
}

TEST(Hostile, matching_does_not_allocate) {
  const Filter filter = parsed(
      "state connected exclude listening ( sport = :443 or dst 10/8 ) and not comm 'x*y' owner ngin* age > "
      "1s "
      "duration < 1h uid www-data cgroup != 7 netns != blue retransmits > 0 direction passive not reason "
      "refused");
  const Connection c = web();
  const std::size_t before = allocation_count();
  const bool matched = filter.matches(c, kNow);
  const bool transition = filter.matches_transition(c, TcpState::syn_recv, TcpState::established, kNow);
  const std::size_t after = allocation_count();
  EXPECT_TRUE(matched);
  EXPECT_TRUE(transition);
  EXPECT_EQ(after, before);
}

TEST(Hostile, caret_stands_under_wide_characters) {
  const std::string before = std::setlocale(LC_CTYPE, nullptr);
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  const std::string error = error_of("comm = 日本 dprot = 3");
  std::setlocale(LC_CTYPE, before.c_str());
  EXPECT_NE(error.find("\n  comm = 日本 dprot = 3\n              ^~~~~\n"), std::string::npos) << error;
}

}  // namespace
}  // namespace conntrail::filter::test
