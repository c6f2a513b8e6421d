// Sets of field values, for the reasoning behind KernelCondition: every operation may answer with a superset
// of the exact set, never with less.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "conntrail/base/ip_address.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::filter {

// Ports as sorted, disjoint, closed ranges.
class PortSet {
 public:
  struct Range {
    std::uint32_t low;
    std::uint32_t high;
  };

  PortSet() = default;
  PortSet(std::uint32_t low, std::uint32_t high) {
    if (low <= high) ranges_.push_back({low, high});
  }
  // Every port outside [low, high].
  [[nodiscard]] static PortSet outside(std::uint32_t low, std::uint32_t high);

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] PortSet united(const PortSet& other) const;
  [[nodiscard]] PortSet intersected(const PortSet& other) const;
  // The ports one by one; nothing when there are more than `most`.
  [[nodiscard]] std::optional<std::vector<std::uint16_t>> list(std::size_t most) const;

 private:
  std::vector<Range> ranges_;
};

// Plain values, sorted.
template <class Value>
class ValueSet {
 public:
  explicit ValueSet(std::vector<Value> sorted) : values_(std::move(sorted)) {}

  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] ValueSet united(const ValueSet& other) const {
    std::vector<Value> result;
    std::set_union(values_.begin(), values_.end(), other.values_.begin(), other.values_.end(),
                   std::back_inserter(result));
    return ValueSet(std::move(result));
  }
  [[nodiscard]] ValueSet intersected(const ValueSet& other) const {
    std::vector<Value> result;
    std::set_intersection(values_.begin(), values_.end(), other.values_.begin(), other.values_.end(),
                          std::back_inserter(result));
    return ValueSet(std::move(result));
  }
  [[nodiscard]] std::optional<std::vector<Value>> list(std::size_t most) const {
    if (values_.size() > most) return std::nullopt;
    return values_;
  }

 private:
  std::vector<Value> values_;
};

// Network namespaces, sorted. One whose cookie is not known may be any that has its inode number.
class NamespaceSet {
 public:
  explicit NamespaceSet(const NamespaceId& only) : ids_{only} {}

  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] NamespaceSet united(const NamespaceSet& other) const {
    NamespaceSet result = *this;
    for (const NamespaceId& id : other.ids_) result.add(id);
    return result;
  }
  [[nodiscard]] NamespaceSet intersected(const NamespaceSet& other) const {
    NamespaceSet result = *this;
    result.ids_.clear();
    for (const NamespaceId& one : ids_) {
      for (const NamespaceId& two : other.ids_) {
        if (may_be_same(one, two)) result.add(one.cookie != 0 ? one : two);
      }
    }
    return result;
  }
  [[nodiscard]] std::optional<std::vector<NamespaceId>> list(std::size_t most) const {
    if (ids_.size() > most) return std::nullopt;
    return ids_;
  }

 private:
  void add(const NamespaceId& id) {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (at == ids_.end() || *at != id) ids_.insert(at, id);
  }

  std::vector<NamespaceId> ids_;
};

// Addresses as prefixes, none inside another.
class PrefixSet {
 public:
  PrefixSet() = default;
  explicit PrefixSet(const IpPrefix& prefix) : prefixes_{prefix} {}

  [[nodiscard]] bool empty() const { return prefixes_.empty(); }
  [[nodiscard]] PrefixSet united(const PrefixSet& other) const;
  [[nodiscard]] PrefixSet intersected(const PrefixSet& other) const;
  [[nodiscard]] std::optional<std::vector<IpPrefix>> list(std::size_t most) const;

 private:
  void add(const IpPrefix& prefix);

  std::vector<IpPrefix> prefixes_;
};

}  // namespace conntrail::filter
