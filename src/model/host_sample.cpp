#include "conntrail/model/host_sample.h"

#include <algorithm>

namespace conntrail {

std::optional<std::int64_t> HostSample::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(values, name, {}, &NamedValue::name);
  if (found == values.end() || found->name != name) return std::nullopt;
  return found->value;
}

}  // namespace conntrail
