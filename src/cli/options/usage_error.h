// usage_error(): what fail_usage() answers, for those who report it themselves.
#pragma once

#include <string>
#include <utility>

#include "conntrail/base/result.h"

namespace conntrail::cli {

[[nodiscard]] inline Error usage_error(std::string what, std::string why = {}, std::string hint = {}) {
  return Error{ErrorKind::usage, std::move(what), std::move(why), std::move(hint), 0};
}

}  // namespace conntrail::cli
