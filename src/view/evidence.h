// Names of the kinds of evidence, as JSON spells them.
#pragma once

#include <string_view>

#include "conntrail/model/connection.h"

namespace conntrail::view {

[[nodiscard]] constexpr std::string_view evidence_name(Evidence evidence) {
  switch (evidence) {
    case Evidence::event:
      return "event";
    case Evidence::expected:
      return "expected";
    case Evidence::confirmed:
      return "confirmed";
    case Evidence::none:
      break;
  }
  return "none";
}

}  // namespace conntrail::view
