// Tokens of the filter language. A word is everything between blanks, parentheses and operator characters, so
// that "dport=:443" and "(dport = :443)" read as people mean them; ss(8) needs blanks there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/result.h"

namespace conntrail::filter {

enum class TokenKind : std::uint8_t {
  word,
  quoted,
  open,
  close,
  conjunction,
  disjunction,
  negation,
  comparison,
  end
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

struct Token {
  TokenKind kind = TokenKind::end;
  Comparison comparison = Comparison::equal;  // for TokenKind::comparison
  std::size_t begin = 0;                      // the token's bytes in the expression, quotes included
  std::size_t end = 0;
  std::string_view raw;  // a word, or what stands between the quotes; backslashes are still in it

  [[nodiscard]] bool is_value() const { return kind == TokenKind::word || kind == TokenKind::quoted; }
};

// The last token is always TokenKind::end. The tokens point into `text`.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view text);

// `raw` without the backslashes that escape: what a value means where no wildcard is involved.
[[nodiscard]] std::string unescape(std::string_view raw);

}  // namespace conntrail::filter
