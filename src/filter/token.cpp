#include "token.h"

#include <array>
#include <optional>

#include "conntrail/base/text.h"
#include "diagnostic.h"

namespace conntrail::filter {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kEndOfWord = " \t\r\n\v\f()!=<>&|";

struct Spelling {
  std::string_view text;
  TokenKind kind;
  Comparison comparison = Comparison::equal;
};

// Longer spellings stand before those they begin with.
constexpr std::array<Spelling, 14> kSymbols{{
    {"(", TokenKind::open},
    {")", TokenKind::close},
    {"!=", TokenKind::comparison, Comparison::not_equal},
    {"!", TokenKind::negation},
    {"==", TokenKind::comparison, Comparison::equal},
    {"=", TokenKind::comparison, Comparison::equal},
    {"<=", TokenKind::comparison, Comparison::less_equal},
    {"<", TokenKind::comparison, Comparison::less},
    {">=", TokenKind::comparison, Comparison::greater_equal},
    {">", TokenKind::comparison, Comparison::greater},
    {"&&", TokenKind::conjunction},
    {"&", TokenKind::conjunction},
    {"||", TokenKind::disjunction},
    {"|", TokenKind::disjunction},
}};

constexpr std::array<Spelling, 12> kWords{{
    {"and", TokenKind::conjunction},
    {"or", TokenKind::disjunction},
    {"not", TokenKind::negation},
    {"eq", TokenKind::comparison, Comparison::equal},
    {"ne", TokenKind::comparison, Comparison::not_equal},
    {"neq", TokenKind::comparison, Comparison::not_equal},
    {"gt", TokenKind::comparison, Comparison::greater},
    {"lt", TokenKind::comparison, Comparison::less},
    {"ge", TokenKind::comparison, Comparison::greater_equal},
    {"geq", TokenKind::comparison, Comparison::greater_equal},
    {"le", TokenKind::comparison, Comparison::less_equal},
    {"leq", TokenKind::comparison, Comparison::less_equal},
}};

// "~" and "!~" stand alone: a name may begin with one ("~nginx").
std::optional<Token> likeness_at(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_of(kBlanks, begin);
  const std::string_view word = text.substr(begin, end == std::string_view::npos ? end : end - begin);
  if (word != "~" && word != "!~") return std::nullopt;
  return Token{TokenKind::comparison, word == "~" ? Comparison::equal : Comparison::not_equal, begin,
               begin + word.size(), word};
}

std::optional<Token> symbol_at(std::string_view text, std::size_t begin) {
  if (const auto likeness = likeness_at(text, begin)) return likeness;
  for (const Spelling& symbol : kSymbols) {
    if (!text.substr(begin).starts_with(symbol.text)) continue;
    return Token{symbol.kind, symbol.comparison, begin, begin + symbol.text.size(),
                 text.substr(begin, symbol.text.size())};
  }
  return std::nullopt;
}

Result<Token> quoted_at(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return Token{TokenKind::quoted, {}, begin, i + 1, text.substr(begin + 1, i - begin - 1)};
    }
  }
  return fail_at(text, {begin, text.size()}, "the quote is not closed",
                 std::string("expected a closing ") + quote);
}

Result<Token> word_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && kEndOfWord.find(text[end]) == std::string_view::npos) {
    if (text[end] == '\\') ++end;  // a backslash takes the next character into the word, whatever it is
    ++end;
  }
  if (end > text.size())
    return fail_at(text, {text.size() - 1, text.size()}, "a backslash stands at the end",
                   "expected the character it escapes");
  const std::string_view raw = text.substr(begin, end - begin);
  const std::string lower = to_lower(raw);
  for (const Spelling& word : kWords) {
    if (word.text == lower) return Token{word.kind, word.comparison, begin, end, raw};
  }
  return Token{TokenKind::word, {}, begin, end, raw};
}

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = text.find_first_not_of(kBlanks, tokens.back().end)) {
    if (const auto symbol = symbol_at(text, at)) {
      tokens.push_back(*symbol);
      continue;
    }
    auto token = text[at] == '"' || text[at] == '\'' ? quoted_at(text, at) : word_at(text, at);
    if (!token) return std::unexpected(std::move(token.error()));
    tokens.push_back(*token);
  }
  const std::size_t end = tokens.empty() ? 0 : tokens.back().end;
  tokens.push_back({TokenKind::end, {}, end, end, {}});
  return tokens;
}

std::string unescape(std::string_view raw) {
  std::string plain;
  plain.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size()) ++i;
    plain.push_back(raw[i]);
  }
  return plain;
}

}  // namespace conntrail::filter
