// The grammar (docs/filters.md): or < and = juxtaposition < not, parentheses, and the words of state sets.
#pragma once

#include <string_view>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "expression.h"

namespace conntrail::filter {

[[nodiscard]] Result<Expression> parse_expression(std::string_view text, const Environment& environment);

}  // namespace conntrail::filter
