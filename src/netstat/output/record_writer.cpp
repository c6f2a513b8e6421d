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
  if (format_ == Format::json) object_.emplace(json_);
  text("type", type);
  if (const Console::Netns& netns = console_.netns(); netns.inode != 0) {
    unsigned_number("netns", netns.inode);
    netns.name.empty() ? absent("netns_name") : text("netns_name", netns.name);
  }
}

void RecordWriter::csv_key(std::string_view key) {
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

void RecordWriter::text(std::string_view key, std::string_view value) {
  if (object_) return object_->text(key, value);
  csv_key(key);
  csv_field(value);
}

void RecordWriter::number(std::string_view key, std::int64_t value) {
  if (object_) return object_->number(key, value);
  csv_key(key);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value);
}

void RecordWriter::unsigned_number(std::string_view key, std::uint64_t value) {
  if (object_) return object_->number(key, value);
  csv_key(key);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value);
}

void RecordWriter::boolean(std::string_view key, bool value) {
  if (object_) return object_->boolean(key, value);
  csv_key(key);
  row_ += value ? "true" : "false";
}

void RecordWriter::decimal(std::string_view key, double value, int decimals) {
  if (object_) return object_->key(key).decimal(value, decimals);
  csv_key(key);
  std::array<char, kNumberLength> buffer;
  row_ += digits(buffer, value, std::chars_format::fixed, decimals);
}

void RecordWriter::begin_list(std::string_view key) {
  if (object_) {
    array_.emplace(object_->key(key));
    return;
  }
  csv_key(key);
  csv_list_.clear();
}

void RecordWriter::list_text(std::string_view value) {
  if (array_) return array_->text(value);
  if (!csv_list_.empty()) csv_list_ += ' ';
  csv_list_ += value;
}

void RecordWriter::end_list() {
  if (array_) return array_.reset();
  csv_field(csv_list_);
}

void RecordWriter::json(std::string_view key, std::string_view json_text) {
  if (object_) return object_->key(key).raw_text(json_text);
  csv_key(key);
  csv_field(json_text);
}

void RecordWriter::absent(std::string_view key) {
  if (!object_) csv_key(key);
}

void RecordWriter::end() {
  if (object_) {
    object_.reset();
    json_.raw("\n");
    json_.flush();
  } else {
    if (titles_due_) console_.text(titles_ + "\r\n");
    row_ += "\r\n";
  }
  console_.text(row_);
}

}  // namespace conntrail::netstat
