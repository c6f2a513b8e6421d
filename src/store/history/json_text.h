// The small subset of JSON that the database holds: written by us, and read back by a reader that trusts
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conntrail::store {

void append_integer(std::string& out, std::int64_t value);
// `null` when empty.
void append_integer(std::string& out, std::optional<std::int64_t> value);
// As a JSON string from which JsonCursor::string() makes the same bytes again: what is no UTF-8 becomes
// \udc80 to \udcff, as Python's "surrogateescape" does.
void append_exact_string(std::string& out, std::string_view text);

// Walks through JSON from left to right. Each function takes what its name says and answers false (and stays
// where it is) when something else is there.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  bool take(char punctuation);
  bool null();
  bool integer(std::int64_t& out);
  bool optional_integer(std::optional<std::int64_t>& out);  // or null
  bool string(std::string& out);
  [[nodiscard]] bool at_end();

 private:
  void skip_blanks();
  bool escape(std::string& out);
  std::string_view text_;
};

// Calls `element` for each element of an array; it must take exactly one value and answer whether it could.
template <class Element>
bool each_element(JsonCursor& json, const Element& element) {
  if (!json.take('[')) return false;
  if (json.take(']')) return true;
  do {
    if (!element()) return false;
  } while (json.take(','));
  return json.take(']');
}

// The same for an object; `member` gets the name.
template <class Member>
bool each_member(JsonCursor& json, const Member& member) {
  if (!json.take('{')) return false;
  if (json.take('}')) return true;
  do {
    std::string name;
    if (!json.string(name) || !json.take(':') || !member(name)) return false;
  } while (json.take(','));
  return json.take('}');
}

}  // namespace conntrail::store
