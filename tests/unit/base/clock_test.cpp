#include "conntrail/base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>
#include <thread>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

using namespace std::chrono_literals;

std::string rfc3339(std::int64_t ns) {
  std::string text;
  append_rfc3339(text, ns);
  return text;
}

TEST(Clock, rfc3339) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(1'795'176'000'123'456'789), "2026-11-20T12:00:00.123456789Z");
  EXPECT_EQ(rfc3339(1'795'176'000'000'000'001), "2026-11-20T12:00:00.000000001Z");
  EXPECT_EQ(rfc3339(1'709'164'800'000'000'000), "2024-02-29T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339(-1'000'000'000), "1969-12-31T23:59:59.000000000Z");
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
}

// The text of the second is kept per thread: the first one asked for must not be taken for kept.
TEST(Clock, rfc3339_first_in_a_thread) {
  std::string text;
  std::thread([&] { text = rfc3339(-1); }).join();
  EXPECT_EQ(text, "1969-12-31T23:59:59.999999999Z");
}

TEST(Clock, local_time) {
  ASSERT_EQ(setenv("TZ", "UTC-5:30", 1), 0);  // POSIX sign: east of Greenwich
  tzset();
  std::string text;
  append_local_time_us(text, 1'795'176'000'123'456'789);
  unsetenv("TZ");
  tzset();
  EXPECT_EQ(text, "17:30:00.123456");
}

TEST(Clock, wall_clock_is_an_offset) {
  EXPECT_EQ(WallClock::with_offset(100).real_ns({5}), 105);
  const WallClock clock = WallClock::measure();
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t real = now.tv_sec * 1'000'000'000 + now.tv_nsec;
  EXPECT_NEAR(static_cast<double>(clock.real_ns(mono_now()) - real), 0.0, 1e9);
}

TEST(Clock, mono_time) {
  EXPECT_FALSE(MonoTime{}.known());
  EXPECT_EQ(MonoTime{10} - MonoTime{4}, 6ns);
  EXPECT_EQ((MonoTime{10} + 5ns).ns, 15);
  EXPECT_LT(MonoTime{1}, MonoTime{2});
  const MonoTime a = mono_now();
  EXPECT_GE(mono_now(), a);
}

TEST(Duration, parse) {
  EXPECT_EQ(parse_duration("10s"), Nanoseconds(10s));
  EXPECT_EQ(parse_duration("10"), Nanoseconds(10s));
  EXPECT_EQ(parse_duration("500ms"), Nanoseconds(500ms));
  EXPECT_EQ(parse_duration("1.5m"), Nanoseconds(90s));
  EXPECT_EQ(parse_duration("2h"), Nanoseconds(2h));
  EXPECT_EQ(parse_duration("1d"), Nanoseconds(24h));
  EXPECT_EQ(parse_duration("250us"), Nanoseconds(250us));
  EXPECT_EQ(parse_duration("250µs"), Nanoseconds(250us));
  EXPECT_EQ(parse_duration("10ns"), 10ns);
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration(".5s"), Nanoseconds(500ms));
  EXPECT_EQ(parse_duration(" 3 s "), Nanoseconds(3s));
  EXPECT_EQ(parse_duration("1h30m"), Nanoseconds(90min));
  EXPECT_EQ(parse_duration("1d 2h 3m 4.5s"), Nanoseconds(26h + 3min + 4500ms));
  EXPECT_EQ(parse_duration("2m05s"), Nanoseconds(125s));
  EXPECT_EQ(parse_duration("1w"), Nanoseconds(7 * 24h));
  EXPECT_EQ(parse_duration("10min"), Nanoseconds(10min));
  EXPECT_EQ(parse_duration("1 hour 5 minutes"), Nanoseconds(65min));
  for (const std::string_view bad :
       {"",      " ",     "s",    "-1s",           "+1s",          "1.2.3s", ".",         "1e3",  "1x",
        "1 s s", "30m1h", "1h1h", "1h30",          "1h-30m",       "1 2",    "1h 30 m x", "h30m", "inf",
        "nan",   "0x10",  "1S",   "999999999999d", "9223372036.9s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_FALSE(parse_duration(std::string(400, '9')));
}

TEST(Duration, format) {
  const std::vector<std::pair<Nanoseconds, std::string_view>> cases{
      {0ns, "0ns"},         {412ns, "412ns"},     {999ns, "999ns"},    {1us, "1.00µs"},
      {1230us, "1.23ms"},   {9994us, "9.99ms"},   {9996us, "10.0ms"},  {99960us, "100ms"},
      {999'400us, "999ms"}, {999'600us, "1.00s"}, {61'700ms, "61.7s"}, {99'940ms, "99.9s"},
      {99'960ms, "1m40s"},  {125s, "2m05s"},      {3599s, "59m59s"},   {3599'600ms, "1h00m"},
      {3h + 7min, "3h07m"}, {24h - 1s, "23h59m"}, {24h, "1d00h"},      {12 * 24h + 4h, "12d04h"},
      {99 * 24h, "99d00h"}, {100 * 24h, "100d"}};
  for (const auto& [duration, text] : cases) EXPECT_EQ(format_duration(duration), text) << duration.count();
}

TEST(Duration, format_takes_at_most_seven_columns) {
  std::int64_t ns = 1;
  for (int i = 0; i < 700; ++i) {
    EXPECT_LE(display_width(format_duration(Nanoseconds(ns))), 7U) << ns;
    EXPECT_LE(display_width(format_duration(Nanoseconds(ns - 1))), 7U) << ns - 1;
    if (ns > std::numeric_limits<std::int64_t>::max() / 11 * 10) break;
    ns += ns / 20 + 1;
  }
  EXPECT_LE(display_width(format_duration(Nanoseconds::max())), 7U);
}

// What is printed lies within half a unit of the third digit of what was given.
TEST(Duration, format_is_near_the_truth) {
  for (std::int64_t ns = 1000; ns < 99'000'000'000; ns += ns / 37 + 1) {
    std::string text = format_duration(Nanoseconds(ns));
    const auto back = parse_duration(text);
    ASSERT_TRUE(back) << text;
    EXPECT_LE(std::abs(static_cast<double>(back->count() - ns)), static_cast<double>(ns) * 0.0051) << text;
  }
}

TEST(Duration, format_of_the_least_value_is_defined) {
  EXPECT_EQ(format_duration(-5ns), "-5ns");
  EXPECT_EQ(format_duration(Nanoseconds::min()).front(), '-');
}

}  // namespace
}  // namespace conntrail
