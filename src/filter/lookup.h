// Values that name something: users, cgroups and network namespaces (through the Environment), and the words
// of family, direction and the like.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/filter/filter.h"
#include "expression.h"
#include "token_cursor.h"

namespace conntrail::filter {

[[nodiscard]] Result<std::uint32_t> parse_user(const Cursor& cursor, const Token& value,
                                               const Environment& environment);
// A number is the id itself; anything else is a path.
[[nodiscard]] Result<std::uint64_t> parse_cgroup(const Cursor& cursor, const Token& value,
                                                 const Environment& environment);
// "net:[4026531992]" and numbers above the largest process id (2^22) are inodes; the rest goes to the
// Environment.
[[nodiscard]] Result<NamespaceId> parse_namespace(const Cursor& cursor, const Token& value,
                                                  const Environment& environment);

struct Choice {
  std::string_view word;
  Term term;
  bool alias = false;  // accepted, but not listed in errors
};

// The words that the term `name` takes: family, owner_source, direction, reason, end_reason, closed_first.
[[nodiscard]] std::vector<Choice> choices_of(std::string_view name);
[[nodiscard]] std::string one_of(const std::vector<Choice>& choices);  // "one of active, passive, unknown"
[[nodiscard]] Result<Term> parse_choice(const Cursor& cursor, const Token& value,
                                        const std::vector<Choice>& choices);

}  // namespace conntrail::filter
