#include "conntrail/filter/filter.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "bounds.h"
#include "evaluate.h"
#include "expression.h"
#include "parser.h"

namespace conntrail::filter {
namespace {

std::uint16_t state_bit(TcpState state) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state));
}

bool always_holds(const Expression& expression) {
  if (expression.kind() == Expression::Kind::term) {
    const auto* states = std::get_if<StateTerm>(&expression.term());
    return states != nullptr && states->mask == kEveryState;
  }
  const auto& children = expression.children();
  return expression.kind() == Expression::Kind::all_of
             ? std::all_of(children.begin(), children.end(), always_holds)
             : std::any_of(children.begin(), children.end(), always_holds);
}

template <class Ask>
bool any_term(const Expression& expression, const Ask& ask) {
  if (expression.kind() == Expression::Kind::term) return ask(expression);
  return std::ranges::any_of(expression.children(),
                             [&](const Expression& child) { return any_term(child, ask); });
}

}  // namespace

Filter::Filter() : root_(std::make_unique<const Expression>(Expression::all_of({}))) {}
Filter::Filter(std::unique_ptr<const Expression> root) : root_(std::move(root)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Result<Filter> Filter::parse(std::string_view text, const Environment& environment) {
  auto expression = parse_expression(text, environment);
  if (!expression) return std::unexpected(std::move(expression.error()));
  return Filter(std::make_unique<const Expression>(*std::move(expression)));
}

Result<Filter> Filter::parse(std::span<const std::string> words, const Environment& environment) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return parse(text, environment);
}

bool Filter::matches(const Connection& connection, MonoTime now) const {
  return evaluate(*root_, connection, now, state_bit(connection.state));
}

bool Filter::matches_transition(const Connection& connection, TcpState from, TcpState to,
                                MonoTime now) const {
  return evaluate(*root_, connection, now, static_cast<std::uint16_t>(state_bit(from) | state_bit(to)));
}

bool Filter::matches_everything() const { return always_holds(*root_); }

bool Filter::names_state(TcpState state) const {
  constexpr int kFew = 3;
  return any_term(*root_, [state](const Expression& expression) {
    const auto* states = std::get_if<StateTerm>(&expression.term());
    return states != nullptr && !expression.negated() && (states->mask & state_bit(state)) != 0 &&
           std::popcount(states->mask) <= kFew;
  });
}

bool Filter::asks_for_titles() const {
  return any_term(*root_, [](const Expression& expression) {
    return std::holds_alternative<TitleTerm>(expression.term());
  });
}

KernelCondition Filter::kernel_condition() const { return to_kernel_condition(bounds_of(*root_)); }

}  // namespace conntrail::filter
