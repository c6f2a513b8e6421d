// The texts that choose and sort columns.
#include <algorithm>
#include <optional>
#include <utility>

#include "cells.h"
#include "conntrail/base/text.h"
#include "conntrail/view/table.h"

namespace conntrail::view {
namespace {

// By its key, or by one of the JSON keys of its values.
std::optional<std::size_t> find_column(std::string_view name) {
  if (const auto index = column_index(name)) return index;
  const auto columns = connection_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto fields = split(columns[i].fields, ',');
    if (std::find(fields.begin(), fields.end(), name) != fields.end()) return i;
  }
  return std::nullopt;
}

std::unexpected<Error> unknown_column(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Column& column : connection_columns()) {
    known.push_back(column.key);
    for (const std::string_view field : split(column.fields, ',')) known.push_back(field);
  }
  std::string hint;
  if (const auto near = nearest(name, known)) {
    hint = "did you mean \"" + std::string(*near) + "\"?";
  } else {
    hint = "columns are";
    for (const Column& column : connection_columns()) {
      hint += ' ';
      hint += column.key;
    }
  }
  return fail_usage("unknown column \"" + printable(name) + "\"", {}, std::move(hint));
}

struct Item {
  char sign = '\0';  // '+', '-' or none
  std::size_t column = 0;
};

// "+a", "-b", "c" with blanks around them.
Result<Item> parse_item(std::string_view text) {
  text = trim(text);
  Item item;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    item.sign = text.front();
    text = trim(text.substr(1));
  }
  const std::string name = to_lower(text);
  const auto column = find_column(name);
  if (!column) return unknown_column(name);
  item.column = *column;
  return item;
}

// A column that is added to the default ones stands where the whole list has it.
void insert_in_order(std::vector<std::size_t>& columns, std::size_t column) {
  columns.insert(std::upper_bound(columns.begin(), columns.end(), column), column);
}

}  // namespace

std::vector<std::size_t> default_columns() {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < connection_columns().size(); ++i) {
    if (connection_columns()[i].by_default) columns.push_back(i);
  }
  return columns;
}

Result<std::vector<std::size_t>> parse_columns(std::string_view text, std::span<const std::size_t> usual) {
  if (trim(text).empty()) return fail_usage("no columns given", {}, "for example: state,age,owner or +netns");
  std::vector<std::size_t> columns;
  bool listed = false;  // columns were named without a sign: only those
  bool first = true;
  for (const std::string_view part : split(text, ',')) {
    if (to_lower(trim(part)) == "all") {
      columns.clear();
      for (std::size_t i = 0; i < connection_columns().size(); ++i) {
        if (!connection_columns()[i].only_by_name) columns.push_back(i);
      }
      first = false;
      continue;
    }
    const auto item = parse_item(part);
    if (!item) return std::unexpected(item.error());
    if (first && item->sign != '\0')
      columns = usual.empty() ? default_columns() : std::vector<std::size_t>(usual.begin(), usual.end());
    if (item->sign == '\0') listed = true;
    first = false;
    const auto place = std::find(columns.begin(), columns.end(), item->column);
    const bool present = place != columns.end();
    if (item->sign == '-') {
      if (!present)
        return fail_usage(
            "column \"" + std::string(connection_columns()[item->column].key) + "\" cannot be left out",
            "it is not shown");
      columns.erase(place);
    } else if (!present) {
      if (listed) {
        columns.push_back(item->column);
      } else {
        insert_in_order(columns, item->column);
      }
    }
  }
  if (columns.empty()) return fail_usage("no columns left to show");
  return columns;
}

Result<std::vector<SortKey>> parse_sort(std::string_view text) {
  if (trim(text).empty()) return fail_usage("no sort column given", {}, "for example: remote,-age");
  std::vector<SortKey> keys;
  for (const std::string_view part : split(text, ',')) {
    const auto item = parse_item(part);
    if (!item) return std::unexpected(item.error());
    keys.push_back({item->column, item->sign == '-'});
  }
  return keys;
}

}  // namespace conntrail::view
