// Cursor: the tokens of one expression and how far the parser has read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostic.h"
#include "token.h"

namespace conntrail::filter {

class Cursor {
 public:
  Cursor(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  [[nodiscard]] const Token& peek() const { return tokens_[next_]; }
  // The token behind that.
  [[nodiscard]] const Token& peek_behind() const { return tokens_[std::min(next_ + 1, tokens_.size() - 1)]; }
  // The last token, `end`, is never taken away.
  const Token& take() { return peek().kind == TokenKind::end ? peek() : tokens_[next_++]; }
  bool take_if(TokenKind kind) {
    if (peek().kind != kind) return false;
    take();
    return true;
  }
  // The token taken last stands right behind a value.
  [[nodiscard]] bool behind_value() const { return next_ >= 2 && tokens_[next_ - 2].is_value(); }

  // The token taken last was the name of a program.
  void took_program() { program_end_ = next_; }
  [[nodiscard]] bool behind_program() const { return next_ > 0 && program_end_ == next_; }

  [[nodiscard]] std::unexpected<Error> fail(const Token& at, std::string problem, std::string expected,
                                            std::string hint = {}) const {
    return fail_at(text_, {at.begin, at.end}, std::move(problem), std::move(expected), std::move(hint));
  }

 private:
  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  std::size_t program_end_ = 0;
};

}  // namespace conntrail::filter
