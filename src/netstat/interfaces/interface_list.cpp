#include "interfaces/interface_list.h"

#include <charconv>
#include <compare>
#include <cstdint>
#include <iterator>
#include <limits>
#include <system_error>

#include "conntrail/base/text.h"

namespace conntrail::netstat {

namespace {

// Where the digits at the end of `text` begin.
std::size_t digits_at_end(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && is_digit(text[start - 1])) --start;
  return start;
}

// As C's atoi would have it; no digits are 0.
std::int32_t number_of(std::string_view digits) {
  std::int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec == std::errc::result_out_of_range) value = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int32_t>(value);
}

// "eth2:10" taken apart: what is compared as text, and what as numbers.
struct NameParts {
  explicit NameParts(std::string_view name) {
    const std::size_t last = digits_at_end(name);
    if (last < name.size() && last > 0 && name[last - 1] == ':') {
      alias = name.substr(last);
      name = name.substr(0, last - 1);
    }
    const std::size_t start = digits_at_end(name);
    kind = name.substr(0, start);
    number = name.substr(start);
  }

  std::string_view kind;
  std::string_view number;
  std::string_view alias;
};

int order_of(std::strong_ordering order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  const auto order = number_of(a) <=> number_of(b);
  return order != 0 ? order : a <=> b;
}

}  // namespace

int compare_interface_names(std::string_view a, std::string_view b) {
  const NameParts left(a);
  const NameParts right(b);
  if (const auto order = left.kind <=> right.kind; order != 0) return order_of(order);
  if (const auto order = compare_numbers(left.number, right.number); order != 0) return order_of(order);
  return order_of(compare_numbers(left.alias, right.alias));
}

ListedInterface& InterfaceList::at(std::string_view name) {
  auto place = interfaces_.end();
  while (place != interfaces_.begin()) {
    const int order = compare_interface_names(std::prev(place)->name, name);
    if (order == 0) return *std::prev(place);
    if (order < 0) break;
    --place;
  }
  return *interfaces_.insert(place, {std::string(name), std::nullopt});
}

}  // namespace conntrail::netstat
