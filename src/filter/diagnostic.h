// Errors that point at their place in the expression.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "conntrail/base/result.h"

namespace conntrail::filter {

// Bytes [begin, end) of the expression; an empty one stands behind the last word.
struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A usage error whose `why` has three lines: the problem; the expression with the place marked below it; what
// was expected. `hint` is what to write instead. Only the part of a long expression around the place is
// shown.
[[nodiscard]] std::unexpected<Error> fail_at(std::string_view text, Place place, std::string problem,
                                             std::string expected, std::string hint = {});

// User text for a message: in quotes, printable, cut when it is very long.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace conntrail::filter
