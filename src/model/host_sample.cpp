#include "conntrail/model/host_sample.h"

#include <algorithm>

namespace conntrail {

std::optional<std::int64_t> HostSample::find(CounterName name) const {
  const auto found = std::ranges::lower_bound(values, name.text(), {}, &NamedValue::name);
  if (found == values.end() || found->name != name.text()) return std::nullopt;
  return found->value;
}

}  // namespace conntrail
