#include "proc/titled_table.h"

#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestAddress = 127;
constexpr std::string_view kSeparators = "| \t\n";

bool scan_field(LineScanner& scanner, FieldKind kind, FieldValue& value) {
  switch (kind) {
    case FieldKind::device:
      return scanner.word(value.text, kLongestDeviceName);
    case FieldKind::address:
      return scanner.word(value.text, kLongestAddress);
    case FieldKind::hex:
      return scanner.hex(value.number);
    case FieldKind::decimal:
      break;
  }
  std::int32_t number = 0;
  if (!scanner.decimal(number)) return false;
  value.number = static_cast<std::uint32_t>(number);
  return true;
}

}  // namespace

std::expected<TitledTable, std::string_view> TitledTable::from_title_line(
    std::string_view line, std::span<const TitledField> fields) {
  TitledTable table(fields);
  std::size_t found = 0;
  while (found < fields.size()) {
    const std::size_t begin = line.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return std::unexpected(fields[found].title);
    line.remove_prefix(begin);
    const std::string_view title = line.substr(0, line.find_first_of(kSeparators));
    line.remove_prefix(title.size());
    const bool known = title == fields[found].title;
    table.columns_.push_back(known ? found++ : kUnknown);
  }
  return table;
}

std::size_t TitledTable::scan(std::string_view line, std::span<FieldValue> values) const {
  LineScanner scanner(line);
  std::size_t matched = 0;
  std::string_view unknown;
  for (const std::size_t column : columns_) {
    if (column == kUnknown) {
      if (!scanner.word(unknown)) break;
    } else {
      if (!scan_field(scanner, fields_[column].kind, values[column])) break;
      ++matched;
    }
  }
  return matched;
}

}  // namespace conntrail::netstat
