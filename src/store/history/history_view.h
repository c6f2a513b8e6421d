// The SQL of the view `connection`: the rows of `record` with the names and the notation of the JSON keys.
#pragma once

#include <string>

#include "history/record_columns.h"

namespace conntrail::store {

// As of a version of the schema.
[[nodiscard]] std::string connection_view_sql(const RecordTableLayout& layout, int version);
// Fills the table error_name, from which the view takes `error`.
[[nodiscard]] std::string error_names_sql();

}  // namespace conntrail::store
