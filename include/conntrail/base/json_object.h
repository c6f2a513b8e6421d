// JsonObject and JsonArray: JSON with its structure kept by the compiler's scopes. Commas, quotes, escapes
// and closing brackets come by themselves:
//
//   JsonWriter json(out);
//   {
//     JsonObject line(json);
//     line.text("type", "summary");
//     line.number("connections", counts.connections);
//     JsonArray notes = line.array("notes");
//     for (const std::string& note : all) notes.text(note);
//   }
//   json.raw("\n");
//
// While an inner object or array is open, nothing else may be written to the outer one: close it by its
// scope, or by end(). Lines that are written 600 000 times a second (view/json_lines.cpp) use JsonWriter's
// raw pieces.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "conntrail/base/json_writer.h"

namespace conntrail {

// What an object and an array have in common: the comma before every element but the first, and the end.
class JsonScope {
 public:
  JsonScope(const JsonScope&) = delete;
  JsonScope& operator=(const JsonScope&) = delete;

  // The closing bracket, once; the destructor does it where the scope is end enough.
  void end() {
    if (closing_ == '\0') return;
    json_.character(closing_);
    closing_ = '\0';
  }
  [[nodiscard]] bool empty() const { return first_; }

 protected:
  JsonScope(JsonWriter& json, char opening, char closing) : json_(json), closing_(closing) {
    json_.character(opening);
  }
  ~JsonScope() { end(); }

  void separate() {
    if (!first_) json_.character(',');
    first_ = false;
  }
  template <std::integral Integer>
  void put_number(Integer value) {
    static_assert(!std::is_same_v<Integer, bool>);
    if constexpr (std::is_signed_v<Integer>) {
      json_.signed_number(value);
    } else {
      json_.number(value);
    }
  }

  JsonWriter& json_;

 private:
  char closing_;
  bool first_ = true;
};

class JsonObject;

class JsonArray : public JsonScope {
 public:
  explicit JsonArray(JsonWriter& json) : JsonScope(json, '[', ']') {}

  // Before an element that the caller writes itself.
  JsonWriter& element() {
    separate();
    return json_;
  }
  void text(std::string_view value) { element().string(value); }
  template <std::integral Integer>
  void number(Integer value) {
    element();
    put_number(value);
  }
  void null() { element().raw("null"); }
  [[nodiscard]] JsonObject object();
  [[nodiscard]] JsonArray array() { return JsonArray(element()); }
};

class JsonObject : public JsonScope {
 public:
  explicit JsonObject(JsonWriter& json) : JsonScope(json, '{', '}') {}

  // Before a name, a colon and a value that the caller writes itself.
  JsonWriter& member() {
    separate();
    return json_;
  }
  // Before a value that the caller writes itself.
  JsonWriter& key(std::string_view name) {
    separate();
    json_.string(name);
    json_.raw(":");
    return json_;
  }
  void text(std::string_view name, std::string_view value) { key(name).string(value); }
  template <std::integral Integer>
  void number(std::string_view name, Integer value) {
    key(name);
    put_number(value);
  }
  void boolean(std::string_view name, bool value) { key(name).boolean(value); }
  void null(std::string_view name) { key(name).raw("null"); }
  void microseconds(std::string_view name, Nanoseconds value) { key(name).microseconds(value); }
  void time(std::string_view name, std::int64_t real_ns) { key(name).time(real_ns); }
  [[nodiscard]] JsonObject object(std::string_view name) { return JsonObject(key(name)); }
  [[nodiscard]] JsonArray array(std::string_view name) { return JsonArray(key(name)); }
};

inline JsonObject JsonArray::object() { return JsonObject(element()); }

}  // namespace conntrail
