// Tables of groups: `conntrail history --group-by`.
#include <algorithm>
#include <array>
#include <string>
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

constexpr std::size_t kColumns = 7;
using Cells = std::array<std::string, kColumns>;

Cells cells_of(const Group& group) {
  const auto mean = mean_duration(group);
  return {group.value.empty() ? "-" : printable(group.value),
          std::to_string(group.connections),
          std::to_string(group.failed),
          format_bytes(group.bytes_sent),
          format_bytes(group.bytes_received),
          std::to_string(group.retransmits),
          mean ? format_duration(*mean) : "-"};
}

}  // namespace

std::string render_groups(std::span<const Group> groups, std::string_view key, bool colour, bool header) {
  std::vector<Cells> rows;
  rows.reserve(groups.size() + 1);
  if (header) rows.push_back({title_of(key), "CONNECTIONS", "FAILED", "SENT", "RECEIVED", "RETR", "MEAN"});
  for (const Group& group : groups) rows.push_back(cells_of(group));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& cells : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], display_width(cells[i]));
  }
  std::string out;
  TextRow row(out, colour);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const bool title = header && r == 0;
    const bool failed = !title && groups[header ? r - 1 : r].failed > 0;
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i > 0) row.gap(2);
      const std::string_view tint = title ? kBold : (i == 2 && failed ? kRed : kNoColour);
      if (i == 0) {
        row.left(rows[r][i], widths[i], tint);
      } else {
        row.right(rows[r][i], widths[i], tint);
      }
    }
    row.end();
  }
  return out;
}

void append_group_json(std::string& out, const Group& group, std::string_view key) {
  JsonWriter json(out);
  JsonObject line(json);
  line.text("type", "group");
  line.text("group_by", key);
  if (!group.value.empty()) line.text("value", group.value);
  line.number("connections", group.connections);
  line.number("failed", group.failed);
  line.number("bytes_sent", group.bytes_sent);
  line.number("bytes_received", group.bytes_received);
  line.number("retransmits", group.retransmits);
  if (const auto mean = mean_duration(group)) line.microseconds("mean_duration_us", *mean);
  line.end();
  json.raw("\n");
}

std::string render_groups_csv(std::span<const Group> groups, std::string_view key, bool header) {
  std::string out;
  if (header) {
    append_csv_field(out, key);
    out += ",connections,failed,bytes_sent,bytes_received,retransmits,mean_duration_us";
    out += kLineEnd;
  }
  for (const Group& group : groups) {
    append_csv_field(out, printable(group.value));
    for (const std::uint64_t number :
         {group.connections, group.failed, group.bytes_sent, group.bytes_received, group.retransmits}) {
      out += ',';
      out += std::to_string(number);
    }
    out += ',';
    if (const auto mean = mean_duration(group)) append_microseconds(out, *mean);
    out += kLineEnd;
  }
  return out;
}

}  // namespace conntrail::view
