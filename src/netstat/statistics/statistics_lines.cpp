#include "statistics/statistics_lines.h"

#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

constexpr std::string_view kSeparators = " \t\n";

// netstat reads lines as C strings.
std::string_view up_to_zero(std::string_view line) { return line.substr(0, line.find('\0')); }

std::string_view skip(std::string_view text, std::string_view characters) {
  const std::size_t from = text.find_first_not_of(characters);
  return from == std::string_view::npos ? std::string_view() : text.substr(from);
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Takes a number off `text`; text that is not a number stays as it is.
void take_value(std::string_view& text, Counter& counter) {
  LineScanner scanner(text);
  scanner.skip_blanks();
  const std::string_view digits = scanner.rest();
  if (!scanner.decimal(counter.value)) return;
  text = scanner.rest();
  counter.negative = digits.front() == '-';
  counter.given = text.empty() || is_blank(text.front());
}

}  // namespace

std::optional<CounterGroup> parse_counter_group(std::string_view names, std::string_view values) {
  names = up_to_zero(names);
  values = up_to_zero(values);
  const std::size_t names_begin = names.find(':');
  const std::size_t values_begin = values.find(':');
  if (names_begin == std::string_view::npos || values_begin == std::string_view::npos) return std::nullopt;
  CounterGroup group;
  group.section = names.substr(0, names_begin);
  group.same_section = group.section == values.substr(0, values_begin);
  names = skip(names.substr(names_begin + 1), kSeparators);
  values.remove_prefix(values_begin + 1);
  while (!names.empty()) {
    Counter& counter = group.counters.emplace_back();
    counter.name = names.substr(0, names.find_first_of(kSeparators));
    take_value(values, counter);
    names = skip(names.substr(counter.name.size()), kSeparators);
  }
  return group;
}

std::optional<Counter> parse_counter6_line(std::string_view line) {
  LineScanner scanner(up_to_zero(line));
  Counter counter;
  if (!scanner.word(counter.name)) return std::nullopt;
  std::string_view rest = scanner.rest();
  const std::size_t before = rest.size();
  take_value(rest, counter);
  if (rest.size() == before) return std::nullopt;
  return counter;
}

std::string_view counter6_section(std::string_view name) {
  const std::size_t six = name.find('6');
  return six == std::string_view::npos ? name : name.substr(0, six + 1);
}

std::optional<Counter> parse_sctp_counter_line(std::string_view line) {
  line = up_to_zero(line);
  line = line.substr(0, line.find('\n'));
  const std::size_t end = line.find_first_of(" \t");
  if (end == std::string_view::npos) return std::nullopt;
  Counter counter;
  counter.name = line.substr(0, end);
  std::string_view rest = skip(line.substr(end), " \t");
  if (rest.empty()) return std::nullopt;
  take_value(rest, counter);
  return counter;
}

}  // namespace conntrail::netstat
