// Bounds: a conjunction of sets that every match of an expression lies in. The way from an expression to the
// KernelCondition.
#pragma once

#include <cstdint>
#include <optional>

#include "conntrail/base/ip_address.h"
#include "conntrail/filter/filter.h"
#include "expression.h"
#include "value_set.h"

namespace conntrail::filter {

// One end's or either end's constraints; empty optional = any.
template <class Set>
struct Ends {
  std::optional<Set> local;
  std::optional<Set> remote;
  std::optional<Set> either;  // at least one of the two ends lies in it
};

struct Bounds {
  bool never = false;  // nothing matches; the rest says nothing then
  std::optional<NamespaceSet> namespaces;
  std::optional<ValueSet<Family>> families;
  Ends<PortSet> ports;
  Ends<PrefixSet> prefixes;
};

[[nodiscard]] Bounds bounds_of(const Expression& expression);
[[nodiscard]] KernelCondition to_kernel_condition(const Bounds& bounds);

}  // namespace conntrail::filter
