// The interfaces of a round, in the order netstat lists them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interfaces/interface_counters.h"

namespace conntrail::netstat {

// Negative, 0 or positive as `a` stands before, at or behind `b`: numbers within names count as numbers, so
// eth2 is before eth10.
[[nodiscard]] int compare_interface_names(std::string_view a, std::string_view b);

struct ListedInterface {
  std::string name;
  std::optional<InterfaceCounters> counters;  // absent: an alias, or not in /proc/net/dev
};

class InterfaceList {
 public:
  // The interface of that name, which is put into its place when it is new. The reference holds until the
  // next call.
  ListedInterface& at(std::string_view name);
  [[nodiscard]] const std::vector<ListedInterface>& in_order() const { return interfaces_; }

 private:
  std::vector<ListedInterface> interfaces_;
};

}  // namespace conntrail::netstat
