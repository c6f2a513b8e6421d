// The SQL of the view `connection`: the rows of `record` with the names and the notation of the JSON keys.
#pragma once

#include <string>

namespace conntrail::store {

[[nodiscard]] std::string connection_view_sql();
// Fills the table error_name, from which the view takes `error`.
[[nodiscard]] std::string error_names_sql();

}  // namespace conntrail::store
