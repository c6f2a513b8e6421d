#include "table_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "check.h"
#include "conntrail/base/text.h"
#include "options/options.h"
#include "output/console.h"
#include "proc_files.h"
#include "run_mode.h"

namespace conntrail::fuzz {

namespace {

constexpr char kBetweenFiles = '\x1c';

std::size_t index_of(std::uint8_t byte, std::size_t count) {
  return static_cast<std::uint8_t>(byte - 'A') % count;
}

netstat::Options options_of(std::string_view command_line) {
  std::vector<std::string> words{"netstat"};
  for (const std::string_view word : split_words(command_line)) words.emplace_back(word);
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  const auto parsed = netstat::parse_command_line(arguments, {});
  require(parsed.options.has_value(), "the table's own command line", command_line);
  return *parsed.options;
}

// Every line an object with its type.
void check_json(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto object = nlohmann::json::parse(line, nullptr, false);
    require(object.is_object() && object.contains("type"), "a line is no JSON record", line);
  }
}

// CRLF line ends are the format's; a newline within quotes cannot come from a line of /proc.
void check_csv(std::string text) {
  require(text.empty() || text.ends_with("\r\n"), "CSV without its line end", text);
  std::erase(text, '\r');
  require(is_safe_for_terminal(text), "control characters in CSV", text);
}

void check_output(netstat::Format format, const std::string& out) {
  switch (format) {
    case netstat::Format::text:
      require(out.empty() || out.ends_with('\n'), "the last line is cut", out);
      require(is_safe_for_terminal(out), "control characters on stdout", out);
      break;
    case netstat::Format::json:
      check_json(out);
      break;
    case netstat::Format::csv:
      check_csv(out);
      break;
  }
}

}  // namespace

int run_tables(std::span<const Table> tables, const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Table& table = tables[index_of(data[0], tables.size())];
  const std::string_view command_line = table.command_lines[index_of(data[1], table.command_lines.size())];
  const auto texts = split(text_of(data + 2, size - 2), kBetweenFiles);
  clear_proc_files();
  for (std::size_t i = 0; i < std::min(texts.size(), table.paths.size()); ++i) {
    put_proc_file(table.paths[i], texts[i]);
  }

  static Captured out;
  static Captured err;
  out.clear();
  err.clear();
  netstat::Console console(out.fd(), err.fd());
  const netstat::Options options = options_of(command_line);
  const int status = netstat::run_mode(options, console);
  console.flush();
  require(status == 0 || status == 1 || status == 3 || status == 255, "an exit code that netstat has not");
  check_output(options.format, out.text());
  require(is_safe_for_terminal(err.text()), "control characters on stderr", err.text());
  // A row takes a handful of columns from each line; nothing multiplies.
  constexpr std::size_t kMostPerByte = 200;
  constexpr std::size_t kTitles = 64 * 1024;
  require(out.text().size() <= kTitles + kMostPerByte * size, "output out of proportion");
  return 0;
}

}  // namespace conntrail::fuzz
