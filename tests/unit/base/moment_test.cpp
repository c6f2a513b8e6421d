#include "conntrail/base/moment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "conntrail/base/clock.h"

namespace conntrail {
namespace {

// The time zone of the process for one test. TZ texts in POSIX form need no zone files.
class Zone {
 public:
  explicit Zone(const char* zone) {
    if (const char* old = std::getenv("TZ"); old != nullptr) old_ = old;
    had_ = std::getenv("TZ") != nullptr;
    setenv("TZ", zone, 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
  ~Zone() {
    if (had_) {
      setenv("TZ", old_.c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }

 private:
  std::string old_;
  bool had_ = false;
};

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* kIndia = "IST-5:30";
constexpr const char* kNewYork = "EST5EDT,M3.2.0,M11.1.0";

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNoon = 1'795'176'000 * kSecond;  // 2026-11-20T12:00:00Z

// As RFC 3339; "error" where it is refused.
std::string moment(std::string_view text, std::int64_t now = kNoon) {
  const auto parsed = parse_moment(text, now);
  if (!parsed) return "error";
  std::string out;
  append_rfc3339(out, *parsed);
  return out;
}

std::int64_t at(std::string_view rfc3339) { return parse_moment(rfc3339, 0).value(); }

TEST(Moment, AgoAndNow) {
  EXPECT_EQ(moment("now"), "2026-11-20T12:00:00.000000000Z");
  EXPECT_EQ(moment("-10m"), "2026-11-20T11:50:00.000000000Z");
  EXPECT_EQ(moment("10m"), "2026-11-20T11:50:00.000000000Z");
  EXPECT_EQ(moment("1.5h ago"), "2026-11-20T10:30:00.000000000Z");
  EXPECT_EQ(moment("-1h30m"), "2026-11-20T10:30:00.000000000Z");
  EXPECT_EQ(moment("1 hour ago"), "2026-11-20T11:00:00.000000000Z");
  EXPECT_EQ(moment("2026-11-20 11:30 UTC"), "2026-11-20T11:30:00.000000000Z");
  EXPECT_EQ(moment(" -250us "), "2026-11-20T11:59:59.999750000Z");
  EXPECT_EQ(moment("7d"), "2026-11-13T12:00:00.000000000Z");
}

TEST(Moment, Rfc3339) {
  const Zone zone(kBerlin);  // must not matter
  EXPECT_EQ(moment("2026-11-20T14:30:05Z"), "2026-11-20T14:30:05.000000000Z");
  EXPECT_EQ(moment("2026-11-20t14:30:05.123456789z"), "2026-11-20T14:30:05.123456789Z");
  EXPECT_EQ(moment("2026-11-20 14:30:05.5+01:00"), "2026-11-20T13:30:05.500000000Z");
  EXPECT_EQ(moment("2026-11-20T14:30:05-0530"), "2026-11-20T20:00:05.000000000Z");
  EXPECT_EQ(moment("2026-11-20T00:10+01:00"), "2026-11-19T23:10:00.000000000Z");
  EXPECT_EQ(moment("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000000Z");  // a leap second
  EXPECT_EQ(moment("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000000000Z");
  EXPECT_EQ(moment("2026-11-20T14:30:05.1234567891234Z"), "2026-11-20T14:30:05.123456789Z");
}

TEST(Moment, SecondsSince1970) {
  EXPECT_EQ(moment("@0"), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(moment("@1763650000"), "2025-11-20T14:46:40.000000000Z");
  EXPECT_EQ(moment("@1763650000.5"), "2025-11-20T14:46:40.500000000Z");
  EXPECT_EQ(moment("@"), "error");
  EXPECT_EQ(moment("@1763650000."), "error");
  EXPECT_EQ(moment("@-5"), "error");
  EXPECT_EQ(moment("@99999999999999999999"), "error");
  EXPECT_EQ(moment("@9223372036"), "error");  // the nanoseconds need more than 64 bits
}

TEST(Moment, TimeOfDayIsTodaysOrYesterdays) {
  const Zone zone(kBerlin);  // it is 13:00
  EXPECT_EQ(moment("12:30"), "2026-11-20T11:30:00.000000000Z");
  EXPECT_EQ(moment("9:05:07.25"), "2026-11-20T08:05:07.250000000Z");
  EXPECT_EQ(moment("13:00"), "2026-11-20T12:00:00.000000000Z");
  EXPECT_EQ(moment("13:00:01"), "2026-11-19T12:00:01.000000000Z");
  EXPECT_EQ(moment("14:30"), "2026-11-19T13:30:00.000000000Z");
  EXPECT_EQ(moment("today 14:30"), "2026-11-20T13:30:00.000000000Z");
  EXPECT_EQ(moment("yesterday 14:30"), "2026-11-19T13:30:00.000000000Z");
  EXPECT_EQ(moment("yesterday"), "2026-11-18T23:00:00.000000000Z");
  EXPECT_EQ(moment("Today"), "2026-11-19T23:00:00.000000000Z");
}

TEST(Moment, TheDayIsThatOfTheTimeZone) {
  const std::int64_t evening = at("2026-11-20T20:00:00Z");
  {
    const Zone zone(kIndia);  // 01:30 on the 21st
    EXPECT_EQ(moment("01:00", evening), "2026-11-20T19:30:00.000000000Z");
    EXPECT_EQ(moment("yesterday 01:00", evening), "2026-11-19T19:30:00.000000000Z");
    EXPECT_EQ(moment("2026-11-21", evening), "2026-11-20T18:30:00.000000000Z");
  }
  const Zone zone(kNewYork);  // 15:00 on the 20th
  EXPECT_EQ(moment("2026-11-20 14:30", evening), "2026-11-20T19:30:00.000000000Z");
  EXPECT_EQ(moment("16:00", evening), "2026-11-19T21:00:00.000000000Z");
}

TEST(Moment, MonthsAndYearsTurnWithYesterday) {
  const Zone zone("UTC0");
  EXPECT_EQ(moment("yesterday 10:00", at("2027-01-01T08:00:00Z")), "2026-12-31T10:00:00.000000000Z");
  EXPECT_EQ(moment("23:00", at("2024-03-01T08:00:00Z")), "2024-02-29T23:00:00.000000000Z");
}

// Clocks go from 02:00 CET to 03:00 CEST on 2026-03-29, and from 03:00 CEST to 02:00 CET on 2026-10-25.
TEST(Moment, ClocksAreSetForward) {
  const Zone zone(kBerlin);
  EXPECT_EQ(moment("2026-03-29 01:59:59"), "2026-03-29T00:59:59.000000000Z");
  EXPECT_EQ(moment("2026-03-29 03:00"), "2026-03-29T01:00:00.000000000Z");
  EXPECT_EQ(moment("2026-03-29 02:30"), "2026-03-29T01:30:00.000000000Z");  // 03:30 by the new time
  // 08:00 CEST: the day is 23 hours long.
  EXPECT_EQ(moment("yesterday 08:00", at("2026-03-29T06:00:00Z")), "2026-03-28T07:00:00.000000000Z");
}

TEST(Moment, ClocksAreSetBack) {
  const Zone zone(kBerlin);
  EXPECT_EQ(moment("2026-10-25 01:59:59"), "2026-10-24T23:59:59.000000000Z");
  EXPECT_EQ(moment("2026-10-25 02:30"), "2026-10-25T00:30:00.000000000Z");  // the first of two
  EXPECT_EQ(moment("2026-10-25 03:00"), "2026-10-25T02:00:00.000000000Z");
  // 00:30 CET of the 26th: yesterday had 25 hours.
  EXPECT_EQ(moment("yesterday 00:15", at("2026-10-25T23:30:00Z")), "2026-10-24T22:15:00.000000000Z");
  EXPECT_EQ(moment("02:30", at("2026-10-25T01:45:00Z")), "2026-10-25T00:30:00.000000000Z");
}

TEST(Moment, WhatIsNoTimeIsRefused) {
  for (const char* text : {"",
                           " ",
                           "soon",
                           "10",
                           "-10",
                           "2026",
                           "10x",
                           "24:00",
                           "12:60",
                           "12:00:61",
                           "12",
                           "12:",
                           "12:5",
                           "1:2:3",
                           "12:00:00.",
                           "2026-11",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-04-31",
                           "2026-00-10",
                           "2026-11-20x",
                           "2026-11-20 14:30 25",
                           "2026-11-20T14:30:05+1:00",
                           "2026-11-20T14:30:05+25:00",
                           "2026-11-20T",
                           "1960-01-01",
                           "2300-01-01",
                           "yesterdays",
                           "yesterday 25:00",
                           "today now",
                           "99999999d",
                           "- 5",
                           "12:00Z",
                           "+10m"}) {
    EXPECT_EQ(moment(text), "error") << "'" << text << "'";
  }
}

TEST(Moment, AnErrorSaysWhatToWrite) {
  const auto parsed = parse_moment("soon\x1b[2J", kNoon);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  EXPECT_EQ(parsed.error().what, "'soon?[2J' is not a time");
  EXPECT_NE(parsed.error().hint.find("14:30"), std::string::npos);
}

}  // namespace
}  // namespace conntrail
