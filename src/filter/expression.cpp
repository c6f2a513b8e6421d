#include "expression.h"

#include <utility>

namespace conntrail::filter {
namespace {

// Children of the same kind are taken over, so that a long chain is one flat node.
std::vector<Expression> flatten(Expression::Kind kind, std::vector<Expression> children) {
  std::vector<Expression> flat;
  flat.reserve(children.size());
  for (Expression& child : children) {
    if (child.kind() != kind) {
      flat.push_back(std::move(child));
      continue;
    }
    for (const Expression& grandchild : child.children()) flat.push_back(grandchild);
  }
  return flat;
}

}  // namespace

Expression Expression::of(Term term) {
  Expression expression(Kind::term, {});
  expression.term_ = std::move(term);
  return expression;
}

Expression Expression::all_of(std::vector<Expression> children) {
  if (children.size() == 1) return std::move(children.front());
  return {Kind::all_of, flatten(Kind::all_of, std::move(children))};
}

Expression Expression::any_of(std::vector<Expression> children) {
  if (children.size() == 1) return std::move(children.front());
  for (const Expression& child : children) {
    if (child.kind() == Kind::all_of && child.children().empty()) return {Kind::all_of, {}};
  }
  return {Kind::any_of, flatten(Kind::any_of, std::move(children))};
}

Expression Expression::negation() && {
  Expression result = std::move(*this);
  switch (result.kind_) {
    case Kind::term:
      if (auto* states = std::get_if<StateTerm>(&result.term_)) {
        states->mask = static_cast<std::uint16_t>(~states->mask & kEveryState);
      } else {
        result.negated_ = !result.negated_;
      }
      return result;
    case Kind::all_of:
    case Kind::any_of:
      break;
  }
  for (Expression& child : result.children_) child = std::move(child).negation();
  return result.kind_ == Kind::all_of ? any_of(std::move(result.children_))
                                      : all_of(std::move(result.children_));
}

}  // namespace conntrail::filter
