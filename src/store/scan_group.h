// Counting rows one by one, for keys and times that no summary answers.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "conntrail/store/history.h"
#include "sqlite.h"

namespace conntrail::store {

using Groups = std::unordered_map<std::string, Group>;

// Adds the rows of "FROM `from`", in which the table is `record r`.
[[nodiscard]] Result<void> count_rows(const Database& database, std::string_view from, GroupKey key,
                                      Groups& groups);

}  // namespace conntrail::store
