#include "history/json_text.h"

#include <fmt/format.h>

#include <charconv>

#include "conntrail/base/text.h"

namespace conntrail::store {
namespace {

constexpr unsigned kFirstByteEscape = 0xdc80;  // stands for the byte 0x80
constexpr unsigned kLastByteEscape = 0xdcff;

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0U | (code >> 6U)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
  } else {
    out.push_back(static_cast<char>(0xe0U | (code >> 12U)));
    out.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3fU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void append_integer(std::string& out, std::int64_t value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void append_integer(std::string& out, std::optional<std::int64_t> value) {
  if (value) {
    append_integer(out, *value);
  } else {
    out += "null";
  }
}

void append_exact_string(std::string& out, std::string_view text) {
  std::string usual;
  append_json_string(usual, text);
  if (usual.find("\\ufffd") == std::string::npos) {
    out += usual;
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", kFirstByteEscape + byte - 0x80U);
    } else if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void JsonCursor::skip_blanks() {
  while (!text_.empty() && is_blank(text_.front())) text_.remove_prefix(1);
}

bool JsonCursor::take(char punctuation) {
  skip_blanks();
  if (!text_.starts_with(punctuation)) return false;
  text_.remove_prefix(1);
  return true;
}

bool JsonCursor::null() {
  skip_blanks();
  if (!text_.starts_with("null")) return false;
  text_.remove_prefix(4);
  return true;
}

bool JsonCursor::integer(std::int64_t& out) {
  skip_blanks();
  const auto [end, code] = std::from_chars(text_.data(), text_.data() + text_.size(), out);
  if (code != std::errc()) return false;
  text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
  return true;
}

bool JsonCursor::optional_integer(std::optional<std::int64_t>& out) {
  out.reset();
  if (null()) return true;
  std::int64_t value = 0;
  if (!integer(value)) return false;
  out = value;
  return true;
}

// Behind the backslash.
bool JsonCursor::escape(std::string& out) {
  if (text_.empty()) return false;
  const char kind = text_.front();
  text_.remove_prefix(1);
  if (kind == '"' || kind == '\\' || kind == '/') {
    out.push_back(kind);
    return true;
  }
  if (kind != 'u' || text_.size() < 4) return false;
  const auto code = parse_number<unsigned>(text_.substr(0, 4), 16);
  if (!code) return false;
  text_.remove_prefix(4);
  if (*code >= kFirstByteEscape && *code <= kLastByteEscape) {
    out.push_back(static_cast<char>(*code - kFirstByteEscape + 0x80U));
  } else {
    append_utf8(out, *code);
  }
  return true;
}

bool JsonCursor::string(std::string& out) {
  out.clear();
  if (!take('"')) return false;
  while (!text_.empty()) {
    const char c = text_.front();
    text_.remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      out.push_back(c);
    } else if (!escape(out)) {
      return false;
    }
  }
  return false;
}

bool JsonCursor::at_end() {
  skip_blanks();
  return text_.empty();
}

}  // namespace conntrail::store
