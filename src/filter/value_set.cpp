#include "value_set.h"

namespace conntrail::filter {
namespace {

constexpr std::uint32_t kLastPort = 65535;

// Every address in `inner` is in `outer`. A v4 prefix also holds the v4-mapped form of its addresses, which
// no v6 prefix but the mapped one can lie inside; IpPrefix::contains knows both.
bool inside(const IpPrefix& inner, const IpPrefix& outer) {
  if (!outer.contains(inner.address)) return false;
  if (inner.address.family == outer.address.family) return inner.length >= outer.length;
  constexpr unsigned kMappedBits = 96;
  return inner.length >= kMappedBits + outer.length;
}

}  // namespace

PortSet PortSet::outside(std::uint32_t low, std::uint32_t high) {
  if (low > high) return {0, kLastPort};
  PortSet result;
  if (low > 0) result.ranges_.push_back({0, low - 1});
  if (high < kLastPort) result.ranges_.push_back({high + 1, kLastPort});
  return result;
}

PortSet PortSet::united(const PortSet& other) const {
  std::vector<Range> all;
  std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(),
             std::back_inserter(all), [](const Range& a, const Range& b) { return a.low < b.low; });
  PortSet result;
  for (const Range& range : all) {
    if (!result.ranges_.empty() && range.low <= result.ranges_.back().high + 1) {
      result.ranges_.back().high = std::max(result.ranges_.back().high, range.high);
    } else {
      result.ranges_.push_back(range);
    }
  }
  return result;
}

PortSet PortSet::intersected(const PortSet& other) const {
  PortSet result;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const std::uint32_t low = std::max(a->low, b->low);
    const std::uint32_t high = std::min(a->high, b->high);
    if (low <= high) result.ranges_.push_back({low, high});
    if (a->high < b->high) {
      ++a;
    } else {
      ++b;
    }
  }
  return result;
}

std::optional<std::vector<std::uint16_t>> PortSet::list(std::size_t most) const {
  std::vector<std::uint16_t> ports;
  for (const Range& range : ranges_) {
    if (range.high - range.low >= most - ports.size()) return std::nullopt;
    for (std::uint32_t port = range.low; port <= range.high; ++port)
      ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

void PrefixSet::add(const IpPrefix& prefix) {
  for (const IpPrefix& held : prefixes_) {
    if (inside(prefix, held)) return;
  }
  std::erase_if(prefixes_, [&](const IpPrefix& held) { return inside(held, prefix); });
  prefixes_.push_back(prefix);
}

PrefixSet PrefixSet::united(const PrefixSet& other) const {
  PrefixSet result = *this;
  for (const IpPrefix& prefix : other.prefixes_) result.add(prefix);
  return result;
}

PrefixSet PrefixSet::intersected(const PrefixSet& other) const {
  // Two prefixes are either one inside the other or without a common address. A v4 prefix and a v6 one that
  // is wider than its mapped form meet in mapped addresses only; the v4 one stands for them, with more than
  // needed.
  PrefixSet result;
  for (const IpPrefix& a : prefixes_) {
    for (const IpPrefix& b : other.prefixes_) {
      if (inside(a, b)) {
        result.add(a);
      } else if (inside(b, a)) {
        result.add(b);
      } else if (a.address.family != b.address.family) {
        result.add(a.address.family == Family::inet ? a : b);
      }
    }
  }
  return result;
}

std::optional<std::vector<IpPrefix>> PrefixSet::list(std::size_t most) const {
  if (prefixes_.size() > most) return std::nullopt;
  return prefixes_;
}

}  // namespace conntrail::filter
