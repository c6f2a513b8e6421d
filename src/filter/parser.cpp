#include "parser.h"

#include <string>
#include <utility>
#include <vector>

#include "states.h"
#include "terms.h"

namespace conntrail::filter {
namespace {

// Far beyond what anyone writes; they bound memory, time and the depth of recursion on hostile input.
constexpr std::size_t kLongestText = 32768;
constexpr int kDeepestNesting = 100;

// The meaning of a sequence of "state" and "exclude" words so far. As in ss the words are taken from left to
// right: a first "state" begins with no state, a first "exclude" with all of them.
class StateSet {
 public:
  void include(std::uint16_t states) { mask_ = static_cast<std::uint16_t>(mask_ | states); }
  void exclude(std::uint16_t states, bool first) {
    if (first) mask_ = kEveryState;
    mask_ = static_cast<std::uint16_t>(mask_ & ~states);
  }
  [[nodiscard]] std::uint16_t mask() const { return mask_; }

 private:
  std::uint16_t mask_ = 0;
};

class Parser {
 public:
  Parser(Cursor cursor, const Environment& environment)
      : cursor_(std::move(cursor)), environment_(environment) {}

  Result<Expression> whole() {
    if (cursor_.peek().kind == TokenKind::end) return Expression::all_of({});
    auto expression = at_state_word() ? with_leading_states() : disjunction();
    if (expression && cursor_.peek().kind != TokenKind::end)
      return cursor_.fail(cursor_.peek(), quote(cursor_.peek().raw) + " stands where no term can follow",
                          "expected \"and\", \"or\", another term or the end",
                          cursor_.peek().kind == TokenKind::close ? "no \"(\" is open here" : "");
    return expression;
  }

 private:
  // The form that ss knows: state words in front and nowhere else hold for the whole expression behind them,
  // so that "state established sport = :22 or dport = :22" is about established ones only. With an operator
  // behind the words, or state words in other places too, they are operands like any other.
  Result<Expression> with_leading_states() {
    const Cursor start = cursor_;
    const RunOfStates run = state_words();
    if (!run.done) return std::unexpected(run.done.error());
    if (at_operand()) {
      const int words_in_front = state_words_read_;
      auto rest = disjunction();
      if (!rest) return rest;
      if (state_words_read_ == words_in_front) {
        auto states = finished(run.states, run.last);
        if (!states) return states;
        std::vector<Expression> parts;
        parts.push_back(*std::move(rest));
        parts.push_back(*std::move(states));
        return Expression::all_of(std::move(parts));
      }
    }
    cursor_ = start;
    return disjunction();
  }

  Result<Expression> disjunction() {
    std::vector<Expression> parts;
    do {
      auto part = conjunction();
      if (!part) return part;
      parts.push_back(*std::move(part));
    } while (cursor_.take_if(TokenKind::disjunction));
    return Expression::any_of(std::move(parts));
  }

  Result<Expression> conjunction() {
    std::vector<Expression> parts;
    do {
      auto part = sequence();
      if (!part) return part;
      parts.push_back(*std::move(part));
    } while (cursor_.take_if(TokenKind::conjunction));
    return Expression::all_of(std::move(parts));
  }

  // Terms side by side. All state words among them make one set, wherever they stand.
  Result<Expression> sequence() {
    std::vector<Expression> parts;
    StateSet states;
    Token last_state_word;  // kind `end` while there is none
    do {
      if (at_state_word()) {
        const bool first = last_state_word.kind == TokenKind::end;
        last_state_word = cursor_.peek();
        if (auto done = state_word(states, first); !done) return std::unexpected(std::move(done.error()));
        continue;
      }
      auto part = operand();
      if (!part) return part;
      parts.push_back(*std::move(part));
    } while (at_operand());
    if (last_state_word.kind == TokenKind::end) return Expression::all_of(std::move(parts));
    auto set = finished(states, last_state_word);
    if (!set) return set;
    parts.push_back(*std::move(set));
    return Expression::all_of(std::move(parts));
  }

  Result<Expression> operand() {
    bool negated = false;
    while (cursor_.take_if(TokenKind::negation)) negated = !negated;
    auto inner = cursor_.peek().kind == TokenKind::open ? group()
                 : at_state_word()                      ? negatable_states()
                                                        : term();
    if (!inner || !negated) return inner;
    return (*std::move(inner)).negation();
  }

  Result<Expression> group() {
    const Token open = cursor_.take();
    if (++depth_ > kDeepestNesting)
      return cursor_.fail(open, "the parentheses are nested too deep",
                          "expected at most " + std::to_string(kDeepestNesting) + " levels");
    auto inner = disjunction();
    if (!inner) return inner;
    if (!cursor_.take_if(TokenKind::close)) {
      if (cursor_.peek().kind == TokenKind::end)
        return cursor_.fail(open, "this \"(\" is not closed", "expected a \")\" behind its expression");
      return cursor_.fail(cursor_.peek(), quote(cursor_.peek().raw) + " stands where no term can follow",
                          "expected \"and\", \"or\", another term or \")\"");
    }
    --depth_;
    return inner;
  }

  struct RunOfStates {
    StateSet states;
    Token last;
    Result<void> done;
  };

  // The state words that stand side by side from here on.
  RunOfStates state_words() {
    RunOfStates run;
    for (bool first = true; at_state_word() && run.done; first = false) {
      run.last = cursor_.peek();
      run.done = state_word(run.states, first);
    }
    return run;
  }

  // State words right behind a "not": one set, negated as a whole.
  Result<Expression> negatable_states() {
    const RunOfStates run = state_words();
    if (!run.done) return std::unexpected(run.done.error());
    return finished(run.states, run.last);
  }

  Result<void> state_word(StateSet& states, bool first) {
    const Token word = cursor_.take();
    ++state_words_read_;
    bool excluded = is_exclude_word(word.raw);
    if (cursor_.peek().kind == TokenKind::comparison) {
      const Token comparison = cursor_.take();
      if (comparison.comparison == Comparison::not_equal) {
        excluded = !excluded;
      }
      if ((comparison.comparison != Comparison::equal && comparison.comparison != Comparison::not_equal) ||
          comparison.raw.ends_with('~')) {
        return cursor_.fail(comparison, quote(comparison.raw) + " does not fit " + quote(word.raw),
                            "expected a state, or = or != there");
      }
    }
    const auto value =
        take_value(cursor_, word.raw, "a state, such as established, or a group, such as connected");
    if (!value) return std::unexpected(value.error());
    const auto mask = parse_states(cursor_, *value);
    if (!mask) return std::unexpected(mask.error());
    if (excluded) {
      states.exclude(*mask, first);
    } else {
      states.include(*mask);
    }
    return {};
  }

  Result<Expression> finished(const StateSet& states, const Token& last_word) const {
    if (states.mask() == 0)
      return cursor_.fail(last_word, "no state is left",
                          "expected state and exclude words that leave at least one");
    return Expression::of(StateTerm{states.mask()});
  }

  Result<Expression> term() {
    const Token& next = cursor_.peek();
    if (next.is_value()) return parse_term(cursor_, environment_);
    const std::string expected = "expected a term, such as \"dport = :443\", or \"not\" or \"(\"";
    if (next.kind == TokenKind::end) return cursor_.fail(next, "the expression ends too early", expected);
    return cursor_.fail(next, quote(next.raw) + " stands where a term begins", expected);
  }

  [[nodiscard]] bool at_state_word() const {
    const Token& next = cursor_.peek();
    return next.kind == TokenKind::word && (is_state_word(next.raw) || is_exclude_word(next.raw));
  }

  [[nodiscard]] bool at_operand() const {
    const Token& next = cursor_.peek();
    return next.is_value() || next.kind == TokenKind::open || next.kind == TokenKind::negation;
  }

  Cursor cursor_;
  const Environment& environment_;
  int depth_ = 0;
  int state_words_read_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text, const Environment& environment) {
  if (text.size() > kLongestText)
    return fail_at(text, {kLongestText, text.size()}, "the expression is too long",
                   "expected at most " + std::to_string(kLongestText) + " bytes");
  auto tokens = tokenize(text);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  return Parser(Cursor(text, *std::move(tokens)), environment).whole();
}

}  // namespace conntrail::filter
