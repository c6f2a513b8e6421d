#include "bounds.h"

#include <utility>
#include <vector>

namespace conntrail::filter {
namespace {

// More than this many entries in one list cost the kernel more than they spare.
constexpr std::size_t kMostEntries = 16;
// While the reasoning goes on a list may be longer (a later "and" can narrow it), but not without limit.
constexpr std::size_t kMostIntermediate = 256;

template <class Set>
std::optional<Set> both(const std::optional<Set>& a, const std::optional<Set>& b, bool& never) {
  if (!a) return b;
  if (!b) return a;
  Set set = a->intersected(*b);
  if (set.empty()) never = true;
  return set;
}

template <class Set>
std::optional<Set> one(const std::optional<Set>& a, const std::optional<Set>& b) {
  if (!a || !b) return std::nullopt;
  return a->united(*b);
}

template <class Set>
Ends<Set> both(const Ends<Set>& a, const Ends<Set>& b, bool& never) {
  // "One end in A" and "one end in B" may be two different ends, so that their intersection would be wrong:
  // one of the two conditions is kept.
  return {both(a.local, b.local, never), both(a.remote, b.remote, never), a.either ? a.either : b.either};
}

// Whatever holds for one end also holds for "either end".
template <class Set>
const std::optional<Set>& of_either(const Ends<Set>& ends) {
  if (ends.either) return ends.either;
  return ends.local ? ends.local : ends.remote;
}

template <class Set>
Ends<Set> one(const Ends<Set>& a, const Ends<Set>& b) {
  Ends<Set> result{one(a.local, b.local), one(a.remote, b.remote), std::nullopt};
  if (!result.local && !result.remote) result.either = one(of_either(a), of_either(b));
  return result;
}

Bounds both(const Bounds& a, const Bounds& b) {
  Bounds result;
  result.never = a.never || b.never;
  if (result.never) return result;
  result.namespaces = both(a.namespaces, b.namespaces, result.never);
  result.families = both(a.families, b.families, result.never);
  result.ports = both(a.ports, b.ports, result.never);
  result.prefixes = both(a.prefixes, b.prefixes, result.never);
  return result;
}

template <class Set>
void drop_when_long(std::optional<Set>& set) {
  if (set && !set->list(kMostIntermediate)) set.reset();
}

// (A1 and B1) or (A2 and B2) implies (A1 or A2) and (B1 or B2): field by field.
Bounds one(const Bounds& a, const Bounds& b) {
  if (a.never) return b;
  if (b.never) return a;
  Bounds result;
  result.namespaces = one(a.namespaces, b.namespaces);
  result.families = one(a.families, b.families);
  result.ports = one(a.ports, b.ports);
  result.prefixes = one(a.prefixes, b.prefixes);
  drop_when_long(result.namespaces);
  drop_when_long(result.prefixes.local);
  drop_when_long(result.prefixes.remote);
  drop_when_long(result.prefixes.either);
  return result;
}

template <class Set>
void assign(Ends<Set>& ends, Side side, Set set) {
  switch (side) {
    case Side::local:
      ends.local = std::move(set);
      return;
    case Side::remote:
      ends.remote = std::move(set);
      return;
    case Side::either:
      ends.either = std::move(set);
      return;
  }
}

Bounds port_bounds(const PortTerm& term, bool negated) {
  Bounds bounds;
  const PortSet set = negated ? PortSet::outside(term.low, term.high) : PortSet(term.low, term.high);
  bounds.never = set.empty();
  if (negated && term.side == Side::either) {  // not "one of the two": both are outside
    bounds.ports.local = set;
    bounds.ports.remote = set;
  } else {
    assign(bounds.ports, term.side, set);
  }
  return bounds;
}

// The complement of a prefix and of one namespace is everything else: no condition worth a check. A cgroup is
// the owner's, which the kernel does not know in a softirq.
Bounds term_bounds(const Term& term, bool negated) {
  if (const auto* port = std::get_if<PortTerm>(&term)) return port_bounds(*port, negated);
  Bounds bounds;
  if (const auto* family = std::get_if<FamilyTerm>(&term)) {
    std::vector<Family> families{family->family};
    if (negated) {
      families = {Family::unspecified};
      families.push_back(family->family == Family::inet ? Family::inet6 : Family::inet);
    }
    bounds.families = ValueSet<Family>(std::move(families));
  }
  if (negated) return bounds;
  if (const auto* address = std::get_if<AddressTerm>(&term)) {
    assign(bounds.prefixes, address->side, PrefixSet(address->prefix));
  } else if (const auto* place = std::get_if<NamespaceTerm>(&term)) {
    bounds.namespaces = NamespaceSet(place->id);
  }
  return bounds;
}

template <class Set>
auto listed(const std::optional<Set>& set) {
  using List = typename decltype(set->list(kMostEntries))::value_type;
  return set ? set->list(kMostEntries).value_or(List{}) : List{};
}

Family only_family(const std::optional<ValueSet<Family>>& families) {
  if (!families) return Family::unspecified;
  std::vector<Family> known = families->list(kMostEntries).value_or(std::vector<Family>{});
  std::erase(known, Family::unspecified);
  return known.size() == 1 ? known.front() : Family::unspecified;
}

}  // namespace

Bounds bounds_of(const Expression& expression) {
  if (expression.kind() == Expression::Kind::term)
    return term_bounds(expression.term(), expression.negated());
  const bool conjunction = expression.kind() == Expression::Kind::all_of;
  Bounds bounds;
  bounds.never = !conjunction;  // the neutral element: "or" of nothing never holds
  for (const Expression& child : expression.children())
    bounds = conjunction ? both(bounds, bounds_of(child)) : one(bounds, bounds_of(child));
  return bounds;
}

KernelCondition to_kernel_condition(const Bounds& bounds) {
  KernelCondition condition;
  if (bounds.never)
    return condition;  // an empty list would mean "any" anyway; such a filter is rare and a mistake
  condition.namespaces = listed(bounds.namespaces);
  condition.local_ports = listed(bounds.ports.local);
  condition.remote_ports = listed(bounds.ports.remote);
  condition.either_ports = listed(bounds.ports.either);
  condition.local_prefixes = listed(bounds.prefixes.local);
  condition.remote_prefixes = listed(bounds.prefixes.remote);
  condition.either_prefixes = listed(bounds.prefixes.either);
  condition.family = only_family(bounds.families);
  return condition;
}

}  // namespace conntrail::filter
