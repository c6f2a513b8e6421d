#include "conntrail/base/moment.h"

#include <array>
#include <ctime>
#include <limits>
#include <optional>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/text.h"
#include "local_time.h"

namespace conntrail {
namespace {

constexpr std::int64_t kSecondsPerDay = 86400;

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};
struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  int second = 0;  // 60 is a leap second and is read as the first second of the next minute
  std::int64_t ns = 0;
};

// Takes characters from the front of a text; nothing is taken where the answer is empty or false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (to_lower(rest_.substr(0, word.size())) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_blanks() {
    while (take(' ') || take('\t')) {
    }
  }
  // A number of `least` to `most` digits.
  std::optional<int> digits(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < most && n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') ++n;
    if (n < least) return std::nullopt;
    const auto number = parse_number<int>(rest_.substr(0, n));
    if (number) rest_.remove_prefix(n);
    return number;
  }
  // The digits behind a decimal point, as nanoseconds; what is finer is dropped.
  std::optional<std::int64_t> fraction() {
    std::int64_t ns = 0;
    std::int64_t unit = kNsPerSecond / 10;
    std::size_t n = 0;
    for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n, unit /= 10)
      ns += (rest_[n] - '0') * unit;
    if (n == 0) return std::nullopt;
    rest_.remove_prefix(n);
    return ns;
  }

 private:
  std::string_view rest_;
};

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

bool exists(const Date& date) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  const int days =
      kDays[static_cast<std::size_t>(date.month - 1)] + (date.month == 2 && is_leap(date.year) ? 1 : 0);
  return date.day <= days;
}

// YYYY-MM-DD; the day need not exist.
std::optional<Date> scan_date(Scanner& text) {
  const auto year = text.digits(4, 4);
  if (!year || !text.take('-')) return std::nullopt;
  const auto month = text.digits(1, 2);
  if (!month || !text.take('-')) return std::nullopt;
  const auto day = text.digits(1, 2);
  if (!day) return std::nullopt;
  return Date{*year, *month, *day};
}

// HH:MM[:SS[.frac]]
std::optional<TimeOfDay> scan_time(Scanner& text) {
  TimeOfDay time;
  const auto hour = text.digits(1, 2);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.digits(2, 2);
  if (!minute) return std::nullopt;
  time.hour = *hour;
  time.minute = *minute;
  if (text.take(':')) {
    const auto second = text.digits(2, 2);
    if (!second) return std::nullopt;
    time.second = *second;
    if (text.take('.')) {
      const auto ns = text.fraction();
      if (!ns) return std::nullopt;
      time.ns = *ns;
    }
  }
  if (time.hour > 23 || time.minute > 59 || time.second > 60) return std::nullopt;
  return time;
}

// Z, +01:00, -0530 in seconds east of UTC; nullopt when there is none or it is malformed (then something is
// left behind it).
std::optional<std::int64_t> scan_offset(Scanner& text) {
  if (text.take_word("utc") || text.take_word("z")) return 0;
  int sign = 1;
  if (text.take('-')) {
    sign = -1;
  } else if (!text.take('+')) {
    return std::nullopt;
  }
  const auto hours = text.digits(2, 2);
  text.take(':');
  const auto minutes = text.digits(2, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (std::int64_t{*hours} * 3600 + std::int64_t{*minutes} * 60);
}

std::int64_t seconds_as_utc(const Date& date, const TimeOfDay& time) {
  std::tm tm{};
  tm.tm_year = date.year - 1900;
  tm.tm_mon = date.month - 1;
  tm.tm_mday = date.day;
  tm.tm_hour = time.hour;
  tm.tm_min = time.minute;
  tm.tm_sec = time.second;
  return timegm(&tm);
}

// Not mktime(): its result for a time of day that comes twice, or never, is not defined.
std::int64_t seconds_as_local(const Date& date, const TimeOfDay& time) {
  const std::int64_t wanted = seconds_as_utc(date, time);
  const std::int64_t offset_before = local_time(wanted - kSecondsPerDay).tm_gmtoff;
  const std::int64_t offset_after = local_time(wanted + kSecondsPerDay).tm_gmtoff;
  const std::int64_t before = wanted - offset_before;
  const std::int64_t after = wanted - offset_after;
  const auto is_it = [wanted](std::int64_t seconds) {
    return seconds + local_time(seconds).tm_gmtoff == wanted;
  };
  if (is_it(before)) return before;
  return is_it(after) ? after : before;
}

// The day `days` after that of `now` in the local time zone.
Date local_day(std::int64_t now_seconds, int days) {
  const std::tm tm = local_time(now_seconds);
  const TimeOfDay noon{12, 0, 0, 0};
  const std::int64_t that =
      seconds_as_utc({tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday}, noon) + days * kSecondsPerDay;
  const std::time_t time = that;
  std::tm day{};
  gmtime_r(&time, &day);
  return {day.tm_year + 1900, day.tm_mon + 1, day.tm_mday};
}

// Seconds and a part of one as nanoseconds since 1970, where 64 bits hold them.
std::optional<std::int64_t> to_ns(std::int64_t seconds, std::int64_t ns) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / kNsPerSecond - 1;
  if (seconds < 0 || seconds > kLast) return std::nullopt;
  return seconds * kNsPerSecond + ns;
}

std::optional<std::int64_t> parse_epoch(Scanner text) {
  const auto seconds = [&text]() -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    bool any = false;
    while (const auto digit = text.digits(1, 1)) {
      if (value > std::numeric_limits<std::int64_t>::max() / 100) return std::nullopt;
      value = value * 10 + *digit;
      any = true;
    }
    return any ? std::optional(value) : std::nullopt;
  }();
  if (!seconds) return std::nullopt;
  std::int64_t ns = 0;
  if (text.take('.')) {
    const auto fraction = text.fraction();
    if (!fraction) return std::nullopt;
    ns = *fraction;
  }
  return text.at_end() ? to_ns(*seconds, ns) : std::nullopt;
}

std::optional<std::int64_t> parse_ago(std::string_view text, std::int64_t now_real_ns) {
  if (text.starts_with('-')) text = trim(text.substr(1));
  if (text.ends_with(" ago")) text = trim(text.substr(0, text.size() - 4));
  // Without a unit it could be a year or an hour as well as seconds.
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) return std::nullopt;
  const auto duration = parse_duration(text);
  if (!duration || duration->count() > now_real_ns) return std::nullopt;
  return now_real_ns - duration->count();
}

// today, yesterday, or nothing; then a time of day, which may be left out behind a day.
std::optional<std::int64_t> parse_time_of_day(Scanner text, std::int64_t now_real_ns) {
  const std::int64_t now = now_real_ns / kNsPerSecond;
  const bool yesterday = text.take_word("yesterday");
  const bool day_named = yesterday || text.take_word("today");
  const Date day = local_day(now, yesterday ? -1 : 0);
  text.skip_blanks();
  TimeOfDay time;
  if (!day_named || !text.at_end()) {
    const auto scanned = scan_time(text);
    if (!scanned || !text.at_end()) return std::nullopt;
    time = *scanned;
  }
  const auto moment = to_ns(seconds_as_local(day, time), time.ns);
  if (!moment || day_named || *moment <= now_real_ns) return moment;
  return to_ns(seconds_as_local(local_day(now, -1), time), time.ns);
}

std::optional<std::int64_t> parse_date_and_time(Scanner text) {
  const auto date = scan_date(text);
  if (!date || !exists(*date)) return std::nullopt;
  if (text.at_end()) return to_ns(seconds_as_local(*date, {}), 0);
  if (!text.take('T') && !text.take('t')) {
    if (!text.take(' ')) return std::nullopt;
    text.skip_blanks();
  }
  const auto time = scan_time(text);
  if (!time) return std::nullopt;
  text.skip_blanks();
  if (text.at_end()) return to_ns(seconds_as_local(*date, *time), time->ns);
  const auto offset = scan_offset(text);
  if (!offset || !text.at_end()) return std::nullopt;
  return to_ns(seconds_as_utc(*date, *time) - *offset, time->ns);
}

}  // namespace

Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now_real_ns) {
  const std::string_view trimmed = trim(text);
  if (to_lower(trimmed) == "now") return now_real_ns;
  std::optional<std::int64_t> moment;
  if (trimmed.starts_with('@')) {
    moment = parse_epoch(Scanner(trimmed.substr(1)));
  } else {
    moment = parse_ago(trimmed, now_real_ns);
    if (!moment) moment = parse_time_of_day(Scanner(trimmed), now_real_ns);
    if (!moment) moment = parse_date_and_time(Scanner(trimmed));
  }
  if (moment) return *moment;
  return fail_usage(
      "'" + printable(text) + "' is not a time", {},
      "write -10m, 14:30, yesterday 14:30, 2026-11-20 14:30, 2026-11-20T14:30:00Z or @1763650000");
}

}  // namespace conntrail
