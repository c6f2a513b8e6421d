#include "evaluate.h"

#include <algorithm>

namespace conntrail::filter {
namespace {

template <class Value>
bool compare(Value left, Comparison comparison, Value right) {
  switch (comparison) {
    case Comparison::less:
      return left < right;
    case Comparison::less_equal:
      return left <= right;
    case Comparison::greater:
      return left > right;
    case Comparison::greater_equal:
      return left >= right;
    case Comparison::not_equal:
      return left != right;
    case Comparison::equal:
      break;
  }
  return left == right;
}

// Answers for one kind of term each. A value that the record does not know fulfils no term (and so fulfils
// its negation).
struct Evaluator {
  const Connection& connection;
  MonoTime now;
  std::uint16_t states;

  bool operator()(const StateTerm& term) const { return (term.mask & states) != 0; }

  bool operator()(const PortTerm& term) const {
    const auto within = [&](const Endpoint& end) { return term.low <= end.port && end.port <= term.high; };
    return at_side(term.side, within);
  }

  bool operator()(const AddressTerm& term) const {
    const auto within = [&](const Endpoint& end) { return term.prefix.contains(end.address); };
    return at_side(term.side, within);
  }

  bool operator()(const FamilyTerm& term) const { return connection.tuple.family == term.family; }

  bool operator()(const NamespaceTerm& term) const {
    return may_be_same(term.id, connection.tuple.network_namespace());
  }

  bool operator()(const CgroupTerm& term) const { return connection.owner.cgroup_id == term.id; }

  bool operator()(const NumberTerm& term) const {
    const auto holds = [&](std::uint64_t value) { return compare(value, term.comparison, term.value); };
    const Owner& owner = connection.owner;
    switch (term.field) {
      case NumberField::pid:
        return (owner.known() && holds(owner.pid)) ||
               std::any_of(connection.holders.begin(), connection.holders.end(),
                           [&](const Holder& holder) { return holds(holder.pid); });
      case NumberField::owner_pid:
        return owner.known() && holds(owner.pid);
      case NumberField::uid:
        return owner.has_uid && holds(owner.uid);
      // What has ended has no queues.
      case NumberField::receive_queue:
        return !connection.ended && holds(connection.receive_queue);
      case NumberField::send_queue:
        return !connection.ended && holds(connection.send_queue);
      case NumberField::retransmits:
        break;
    }
    return !connection.retransmits_unknown && holds(connection.retransmits);
  }

  bool operator()(const DurationTerm& term) const {
    const bool age = term.field == DurationField::age;
    const MonoTime begin = age ? connection.state_since : connection.opened;
    const MonoTime end = !age && connection.ended && connection.closed.known() ? connection.closed : now;
    if (!begin.known()) return false;
    return compare(std::max(end - begin, Nanoseconds(0)), term.comparison, term.value);
  }

  bool operator()(const NameTerm& term) const {
    const auto fits = [&](const std::string& comm) { return !comm.empty() && term.name.matches(comm); };
    if (fits(connection.owner.comm)) return true;
    return !term.owner_only && std::any_of(connection.holders.begin(), connection.holders.end(),
                                           [&](const Holder& holder) { return fits(holder.comm); });
  }

  bool operator()(const OwnerKnownTerm& /*term*/) const { return connection.owner.named(); }

  bool operator()(const FailedTerm& /*term*/) const { return has_failed(connection); }

  bool operator()(const TitleTerm& term) const {
    return !connection.title.empty() && term.title.matches(connection.title);
  }

  bool operator()(const WordTerm& term) const {
    return std::visit([this](auto value) { return is(value); }, term.value);
  }

  [[nodiscard]] bool is(OwnerSource source) const { return connection.owner.source == source; }
  [[nodiscard]] bool is(Direction direction) const { return connection.direction == direction; }
  [[nodiscard]] bool is(EndReason reason) const {
    return connection.ended && connection.end_reason == reason;
  }
  [[nodiscard]] bool is(ClosedFirst first) const {
    return knows_closed_first(connection) && connection.closed_first == first;
  }

 private:
  template <class Predicate>
  bool at_side(Side side, const Predicate& predicate) const {
    switch (side) {
      case Side::local:
        return predicate(connection.tuple.local);
      case Side::remote:
        return predicate(connection.tuple.remote);
      case Side::either:
        break;
    }
    return predicate(connection.tuple.local) || predicate(connection.tuple.remote);
  }
};

bool evaluate(const Expression& expression, const Evaluator& evaluator) {
  const auto holds = [&](const Expression& child) { return evaluate(child, evaluator); };
  const auto& children = expression.children();
  switch (expression.kind()) {
    case Expression::Kind::all_of:
      return std::all_of(children.begin(), children.end(), holds);
    case Expression::Kind::any_of:
      return std::any_of(children.begin(), children.end(), holds);
    case Expression::Kind::term:
      break;
  }
  return std::visit(evaluator, expression.term()) != expression.negated();
}

}  // namespace

bool evaluate(const Expression& expression, const Connection& connection, MonoTime now,
              std::uint16_t states) {
  return evaluate(expression, Evaluator{connection, now, states});
}

}  // namespace conntrail::filter
