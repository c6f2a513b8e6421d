// Random expressions on random connections: the answer is the reference's, and the kernel's condition never
// keeps away an event of a connection that matches.
#include "random_source.h"

namespace conntrail::filter::test {
namespace {

TEST(Property, answers_and_superset) {
  RandomSource random(20261120);
  int matched = 0;
  int asked = 0;
  int excluded_by_kernel = 0;
  int conditions = 0;
  for (int i = 0; i < 4000; ++i) {
    const Meaning meaning = random.expression(1 + random.below(4));
    const auto filter = Filter::parse(meaning.text, environment());
    ASSERT_TRUE(filter.has_value()) << meaning.text << "\n" << format_error(filter.error());
    const KernelCondition condition = filter->kernel_condition();
    if (condition != KernelCondition{}) ++conditions;
    for (int k = 0; k < 60; ++k) {
      const Connection c = random.connection();
      const bool expected = meaning.holds(c);
      ASSERT_EQ(filter->matches(c, kNow), expected) << meaning.text;
      const bool admitted = condition.admits(c.tuple);
      ++asked;
      if (!admitted) ++excluded_by_kernel;
      if (!expected) continue;
      ++matched;
      ASSERT_TRUE(admitted) << meaning.text;
      ASSERT_TRUE(condition.admits(random.incomplete(c.tuple))) << meaning.text;
    }
  }
  // The property would also hold for conditions that say nothing and expressions that never match.
  EXPECT_GT(matched, asked / 10);
  EXPECT_LT(matched, asked * 9 / 10);
  EXPECT_GT(conditions, 800);
  EXPECT_GT(excluded_by_kernel, asked / 10);
}

TEST(Property, a_negation_answers_the_opposite) {
  RandomSource random(7);
  for (int i = 0; i < 500; ++i) {
    const std::string text = random.expression(3).text;
    const Filter plain = parsed(text);
    const Filter negated = parsed("not ( " + text + " )");
    for (int k = 0; k < 40; ++k) {
      const Connection c = random.connection();
      ASSERT_NE(plain.matches(c, kNow), negated.matches(c, kNow)) << text;
    }
  }
}

}  // namespace
}  // namespace conntrail::filter::test
