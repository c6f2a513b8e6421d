#include "output/record_writer.h"

#include <array>
#include <charconv>

#include "conntrail/base/text.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kNumberLength = 64;

template <class... Value>
std::string_view digits(std::array<char, kNumberLength>& buffer, Value... value) {
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value...);
  return {buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data())};
}

}  // namespace

void RecordWriter::begin(std::string_view type) {
  titles_due_ = type != type_;
  type_ = type;
  titles_.clear();
  row_.clear();
  if (format_ == Format::json) row_ = "{";
  text("type", type);
  if (const Console::Netns& netns = console_.netns(); netns.inode != 0) {
    unsigned_number("netns", netns.inode);
    netns.name.empty() ? absent("netns_name") : text("netns_name", netns.name);
  }
}

void RecordWriter::key(std::string_view key) {
  if (format_ == Format::json) {
    if (row_.size() > 1) row_ += ',';
    row_.append("\"").append(key).append("\":");
    return;
  }
  const bool first = key == "type";
  if (!first) row_ += ',';
  if (!titles_due_) return;
  if (!first) titles_ += ',';
  titles_ += key;
}

void RecordWriter::csv_field(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    row_ += printable(value);
    return;
  }
  row_ += '"';
  for (const char c : printable(value)) {
    if (c == '"') row_ += '"';
    row_ += c;
  }
  row_ += '"';
}

void RecordWriter::text(std::string_view key_name, std::string_view value) {
  key(key_name);
  if (format_ == Format::json) {
    append_json_string(row_, value);
  } else {
    csv_field(value);
  }
}

void RecordWriter::number(std::string_view key_name, std::int64_t value) {
  key(key_name);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value);
}

void RecordWriter::unsigned_number(std::string_view key_name, std::uint64_t value) {
  key(key_name);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value);
}

void RecordWriter::boolean(std::string_view key_name, bool value) {
  key(key_name);
  row_ += value ? "true" : "false";
}

void RecordWriter::decimal(std::string_view key_name, double value, int decimals) {
  key(key_name);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value, std::chars_format::fixed, decimals);
}

void RecordWriter::begin_list(std::string_view key_name) {
  key(key_name);
  first_in_list_ = true;
  list_.clear();
  if (format_ == Format::json) row_ += '[';
}

void RecordWriter::list_text(std::string_view value) {
  if (format_ == Format::json) {
    if (!first_in_list_) row_ += ',';
    append_json_string(row_, value);
  } else {
    if (!first_in_list_) list_ += ' ';
    list_ += value;
  }
  first_in_list_ = false;
}

void RecordWriter::end_list() {
  if (format_ == Format::json) {
    row_ += ']';
  } else {
    csv_field(list_);
  }
}

void RecordWriter::json(std::string_view key_name, std::string_view json_text) {
  key(key_name);
  if (format_ == Format::json) {
    row_ += json_text;
  } else {
    csv_field(json_text);
  }
}

void RecordWriter::absent(std::string_view key_name) {
  if (format_ == Format::csv) key(key_name);
}

void RecordWriter::end() {
  if (format_ == Format::json) {
    row_ += "}\n";
  } else {
    if (titles_due_) console_.text(titles_ + "\r\n");
    row_ += "\r\n";
  }
  console_.text(row_);
}

}  // namespace conntrail::netstat
