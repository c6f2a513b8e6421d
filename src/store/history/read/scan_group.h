// Counting rows one by one, for keys and times that no summary answers.
#pragma once

#include <string_view>

#include "conntrail/store/history.h"
#include "conntrail/store/keys.h"
#include "history/sqlite.h"

namespace conntrail::store {

// Adds the rows of "FROM `from`", in which the table is `record r`.
[[nodiscard]] Result<void> count_rows(const Database& database, std::string_view from, GroupKey key,
                                      Groups& groups);

}  // namespace conntrail::store
