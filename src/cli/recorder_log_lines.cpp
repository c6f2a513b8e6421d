#include "recorder_log_lines.h"

#include <fmt/format.h>

#include <string_view>

#include "conntrail/base/text.h"
#include "conntrail/log/log_tail.h"

namespace conntrail::cli {
namespace {

constexpr std::size_t kMostLines = 200;

void append_json(std::string& out, std::string_view path, std::string_view key, std::string_view value) {
  out += "{\"type\":\"log\",\"file\":";
  append_json_string(out, path);
  out += fmt::format(",\"{}\":", key);
  append_json_string(out, value);
  out += "}\n";
}

}  // namespace

std::string kept_log_path(const std::string& database) { return database + ".log"; }

std::string recorder_log_lines(const std::string& database, bool json) {
  const std::string path = kept_log_path(database);
  const auto lines = log::last_lines(path, kMostLines);
  std::string out;
  if (!lines) {
    if (json)
      append_json(out, path, "error", format_error(lines.error()));
    else
      out = fmt::format("\nThe recorder's log: {}\n", format_error(lines.error()));
    return out;
  }
  if (!lines->empty() && !json)
    out = fmt::format("\nThe recorder's log ({}, the last {} lines)\n", printable(path), lines->size());
  for (const std::string& line : *lines) {
    if (json)
      append_json(out, path, "text", line);
    else
      out += "  " + line + "\n";
  }
  return out;
}

}  // namespace conntrail::cli
