// Tables of groups: `conntrail history --group-by`.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "conntrail/base/json_object.h"
#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "conntrail/view/history.h"
#include "csv_field.h"
#include "quantity.h"

namespace conntrail::view {
namespace {

std::optional<Nanoseconds> mean_duration(const Group& group) {
  if (group.durations == 0) return std::nullopt;
  return group.duration_sum / static_cast<std::int64_t>(group.durations);
}

std::string title_of(std::string_view key) {
  std::string out = to_upper(key);
  std::ranges::replace(out, '_', ' ');
  return out;
}

// The values of all keys; empty text = not known.
std::span<const std::string> values_of(const Group& group) {
  return group.values.empty() ? std::span(&group.value, 1) : std::span(group.values);
}

// One column behind those of the keys.
struct GroupColumn {
  std::string_view title;
  bool left = false;
  std::string (*text)(const Group& group);
  bool (*shown)(const Group& group) = nullptr;  // null: always; else where one group has something to show
};

// The reason alone: what belongs to one connection (its errno, who it was) is not the group's.
std::string worst_text(const Group& group) {
  if (group.worst_reason == EndReason::unknown) return "-";
  if (group.worst_reason == EndReason::no_port) return "no local port";
  std::string words(end_reason_name(group.worst_reason));
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string openers_text(const Group& group) {
  if (group.opened_by.empty()) return "-";
  std::string text = printable(group.opened_by);
  if (group.other_openers > 0) text += " +" + std::to_string(group.other_openers);
  return text;
}

constexpr std::size_t kFailed = 2;
constexpr std::array<GroupColumn, 8> kGroupColumns{
    {{"OPENED BY", true, openers_text, [](const Group& group) { return !group.opened_by.empty(); }},
     {"CONNECTIONS", false, [](const Group& group) { return std::to_string(group.connections); }},
     {"FAILED", false, [](const Group& group) { return std::to_string(group.failed); }},
     {"WORST REASON", true, worst_text,
      [](const Group& group) { return group.worst_reason != EndReason::unknown; }},
     {"SENT", false, [](const Group& group) { return format_bytes(group.bytes_sent); }},
     {"RECEIVED", false, [](const Group& group) { return format_bytes(group.bytes_received); }},
     {"RETR", false, [](const Group& group) { return std::to_string(group.retransmits); }},
     {"MEAN", false, [](const Group& group) {
        const auto mean = mean_duration(group);
        return mean ? format_duration(*mean) : std::string("-");
      }}}};

struct Cell {
  std::string text;
  bool left = false;
  bool failed = false;
};

std::vector<const GroupColumn*> shown_columns(std::span<const Group> groups) {
  std::vector<const GroupColumn*> shown;
  for (const GroupColumn& column : kGroupColumns) {
    if (column.shown == nullptr || std::ranges::any_of(groups, column.shown)) shown.push_back(&column);
  }
  return shown;
}

std::vector<Cell> cells_of(const Group& group, const std::vector<const GroupColumn*>& columns) {
  std::vector<Cell> cells;
  for (const std::string& value : values_of(group))
    cells.push_back({value.empty() ? "-" : printable(value), true, false});
  for (const GroupColumn* column : columns)
    cells.push_back(
        {column->text(group), column->left, column == &kGroupColumns[kFailed] && group.failed > 0});
  return cells;
}

std::string joined(GroupKeys keys) {
  std::string out;
  for (const std::string_view key : keys) {
    if (!out.empty()) out += ',';
    out += key;
  }
  return out;
}

}  // namespace

std::string render_groups(std::span<const Group> groups, GroupKeys keys, bool colour, bool header) {
  const std::vector<const GroupColumn*> columns = shown_columns(groups);
  std::vector<std::vector<Cell>> rows;
  rows.reserve(groups.size() + 1);
  if (header) {
    std::vector<Cell>& titles = rows.emplace_back();
    for (const std::string_view key : keys) titles.push_back({title_of(key), true, false});
    for (const GroupColumn* column : columns)
      titles.push_back({std::string(column->title), column->left, false});
  }
  for (const Group& group : groups) rows.push_back(cells_of(group, columns));
  std::vector<std::size_t> widths(keys.size() + columns.size());
  for (const std::vector<Cell>& cells : rows) {
    for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(cells[i].text));
  }
  std::string out;
  TextRow row(out, colour);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const bool title = header && r == 0;
    for (std::size_t i = 0; i < rows[r].size() && i < widths.size(); ++i) {
      if (i > 0) row.gap(2);
      const Cell& cell = rows[r][i];
      const std::string_view tint = title ? kBold : (cell.failed ? kRed : kNoColour);
      if (cell.left) {
        row.left(cell.text, widths[i], tint);
      } else {
        row.right(cell.text, widths[i], tint);
      }
    }
    row.end();
  }
  return out;
}

void append_group_json(std::string& out, const Group& group, GroupKeys keys) {
  JsonWriter json(out);
  JsonObject line(json);
  line.text("type", "group");
  line.text("group_by", joined(keys));
  if (!group.values.empty()) {
    JsonArray values = line.array("values");
    for (const std::string& value : group.values) values.text(value);
    values.end();
  } else if (!group.value.empty()) {
    line.text("value", group.value);
  }
  line.number("connections", group.connections);
  line.number("failed", group.failed);
  if (group.worst_reason != EndReason::unknown)
    line.text("worst_reason", end_reason_name(group.worst_reason));
  if (!group.opened_by.empty()) line.text("opened_by", group.opened_by);
  line.number("bytes_sent", group.bytes_sent);
  line.number("bytes_received", group.bytes_received);
  line.number("retransmits", group.retransmits);
  if (const auto mean = mean_duration(group)) line.microseconds("mean_duration_us", *mean);
  line.end();
  json.raw("\n");
}

std::string render_groups_csv(std::span<const Group> groups, GroupKeys keys, bool header) {
  std::string out;
  if (header) {
    out += joined(keys);
    out +=
        ",connections,failed,bytes_sent,bytes_received,retransmits,mean_duration_us,worst_reason,opened_by";
    out += kLineEnd;
  }
  for (const Group& group : groups) {
    bool first = true;
    for (const std::string& value : values_of(group)) {
      if (!std::exchange(first, false)) out += ',';
      append_csv_field(out, printable(value));
    }
    for (const std::uint64_t number :
         {group.connections, group.failed, group.bytes_sent, group.bytes_received, group.retransmits}) {
      out += ',';
      out += std::to_string(number);
    }
    out += ',';
    if (const auto mean = mean_duration(group)) append_microseconds(out, *mean);
    out += ',';
    if (group.worst_reason != EndReason::unknown) out += end_reason_name(group.worst_reason);
    out += ',';
    append_csv_field(out, printable(group.opened_by));
    out += kLineEnd;
  }
  return out;
}

}  // namespace conntrail::view
