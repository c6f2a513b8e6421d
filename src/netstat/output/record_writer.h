// RecordWriter: rows of any table as JSON Lines or CSV, for --json and --csv.
//
// A row is begun with the name of its type, gets its fields in an order that is the same for every row of
// that type, and is ended. JSON: one object a line, {"type":"route",…}; a field without a value is left out.
// With --netns every row has its namespace behind the type. CSV (RFC 4180): a line of field names wherever
// the type changes, and a field without a value is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/base/json_object.h"
#include "output/console.h"

namespace conntrail::netstat {

enum class Format : std::uint8_t { text, json, csv };

class RecordWriter {
 public:
  // `format` is not text. `console` is borrowed.
  RecordWriter(Format format, Console& console) : format_(format), console_(console) {}

  // `type` and `key`: literals in snake_case; a key carries its unit.
  void begin(std::string_view type);
  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::int64_t value);
  void unsigned_number(std::string_view key, std::uint64_t value);
  void boolean(std::string_view key, bool value);
  void decimal(std::string_view key, double value, int decimals);
  // A list of texts: a JSON array; in CSV joined by blanks.
  void begin_list(std::string_view key);
  void list_text(std::string_view value);
  void end_list();
  // JSON that is made already (a nested object or array); in CSV the same text as one field.
  void json(std::string_view key, std::string_view json_text);
  void absent(std::string_view key);
  void end();

 private:
  void csv_key(std::string_view key);
  void csv_field(std::string_view value);

  Format format_;
  Console& console_;
  std::string type_;        // of the rows since the last line of field names
  bool titles_due_ = true;  // the present row is the first of its type
  std::string titles_;
  std::string row_;
  // One of the two is used, by the format.
  JsonWriter json_{row_};
  std::optional<JsonObject> object_;
  std::optional<JsonArray> array_;
  std::string csv_list_;
};

}  // namespace conntrail::netstat
