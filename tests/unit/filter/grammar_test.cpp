// Precedence, juxtaposition, parentheses, and every spelling of and, or, not.
#include <array>

#include "fixture.h"

namespace conntrail::filter::test {
namespace {

// The letters X, Y, Z stand for three independent facts; all eight combinations are asked.
std::string truth_table(std::string text) {
  constexpr std::array<std::pair<char, std::string_view>, 3> kFacts{
      {{'X', "sport = :1"}, {'Y', "dport = :1"}, {'Z', "pid 1"}}};
  for (const auto& [letter, term] : kFacts) {
    for (auto at = text.find(letter); at != std::string::npos; at = text.find(letter))
      text.replace(at, 1, term);
  }
  std::string table;
  const Filter filter = parsed(text);
  for (unsigned bits = 0; bits < 8; ++bits) {
    Connection c = web();
    c.holders.clear();
    c.tuple.local.port = (bits & 1U) != 0 ? 1 : 2;
    c.tuple.remote.port = (bits & 2U) != 0 ? 1 : 2;
    c.owner.pid = (bits & 4U) != 0 ? 1 : 2;
    table += filter.matches(c, kNow) ? '1' : '0';
  }
  return table;
}

template <class Function>
std::string expected(Function function) {
  std::string table;
  for (unsigned bits = 0; bits < 8; ++bits)
    table += function((bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0) ? '1' : '0';
  return table;
}

TEST(Grammar, spellings) {
  const std::string conjunction = expected([](bool a, bool b, bool) { return a && b; });
  for (const std::string text : {"X and Y", "X & Y", "X && Y", "X Y", "X AND Y", "(X) (Y)", "X&Y", "X (Y)"})
    EXPECT_EQ(truth_table(text), conjunction) << text;
  const std::string disjunction = expected([](bool a, bool b, bool) { return a || b; });
  for (const std::string text : {"X or Y", "X | Y", "X || Y", "X Or Y", "(X)or(Y)", "X|Y"})
    EXPECT_EQ(truth_table(text), disjunction) << text;
  const std::string negation = expected([](bool a, bool, bool) { return !a; });
  for (const std::string text : {"not X", "! X", "!X", "!(X)", "not ( X )", "! ! ! X", "not not not X"})
    EXPECT_EQ(truth_table(text), negation) << text;
}

TEST(Grammar, precedence) {
  EXPECT_EQ(truth_table("X or Y and Z"), expected([](bool a, bool b, bool c) { return a || (b && c); }));
  EXPECT_EQ(truth_table("X and Y or Z"), expected([](bool a, bool b, bool c) { return (a && b) || c; }));
  EXPECT_EQ(truth_table("X or Y Z"), expected([](bool a, bool b, bool c) { return a || (b && c); }));
  EXPECT_EQ(truth_table("X Y or Z"), expected([](bool a, bool b, bool c) { return (a && b) || c; }));
  EXPECT_EQ(truth_table("not X Y"), expected([](bool a, bool b, bool) { return !a && b; }));
  EXPECT_EQ(truth_table("not X or Y"), expected([](bool a, bool b, bool) { return !a || b; }));
  EXPECT_EQ(truth_table("X not Y"), expected([](bool a, bool b, bool) { return a && !b; }));
  EXPECT_EQ(truth_table("(X or Y) Z"), expected([](bool a, bool b, bool c) { return (a || b) && c; }));
  EXPECT_EQ(truth_table("not (X or Y and not Z)"),
            expected([](bool a, bool b, bool c) { return !(a || (b && !c)); }));
  EXPECT_EQ(truth_table("! (X Y) Z"), expected([](bool a, bool b, bool c) { return !(a && b) && c; }));
  EXPECT_EQ(truth_table("X or Y or Z"), expected([](bool a, bool b, bool c) { return a || b || c; }));
  EXPECT_EQ(truth_table("X or (Y or (Z))"), expected([](bool a, bool b, bool c) { return a || b || c; }));
}

TEST(Grammar, words_of_a_command_line_are_joined) {
  const std::vector<std::string> words{"state", "established", "( sport = :https or sport = :ssh )"};
  const auto filter = Filter::parse(words, environment());
  ASSERT_TRUE(filter.has_value());
  EXPECT_TRUE(filter->matches(web(), kNow));
  const std::vector<std::string> wrong{"sport", "=", ":x"};
  const auto error = Filter::parse(wrong, environment());
  ASSERT_FALSE(error.has_value());
  EXPECT_NE(error.error().why.find("\n  sport = :x\n          ^~\n"), std::string::npos) << error.error().why;
}

// Examples of ss(8), word for word but for the host names.
TEST(Grammar, examples_of_the_manual_of_ss) {
  EXPECT_FALSE(holds("state established ( dport = :ssh or sport = :ssh )"));
  EXPECT_TRUE(holds("state established ( dport = :https or sport = :https )"));
  EXPECT_FALSE(holds("state fin-wait-1 ( sport = :ssh or sport = :https ) dst 193.233.7/24"));
}

}  // namespace
}  // namespace conntrail::filter::test
