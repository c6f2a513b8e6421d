// An expression's answer for one connection. Nothing is allocated.
#pragma once

#include <cstdint>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "expression.h"

namespace conntrail::filter {

// `states` has the bits of the states that a state condition may find: one for a record, two for a
// transition.
[[nodiscard]] bool evaluate(const Expression& expression, const Connection& connection, MonoTime now,
                            std::uint16_t states);

}  // namespace conntrail::filter
