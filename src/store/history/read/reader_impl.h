// What the parts of HistoryReader share.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "conntrail/store/history.h"
#include "history/read/selection.h"
#include "history/sqlite.h"
#include "history/tables/connection_table.h"

namespace conntrail::store {

class HistoryReader::Impl {
 public:
  explicit Impl(Database database) : database_(std::move(database)) {}
  Database database_;
};

// One state of the database for several statements. Short: the recorder's log cannot be emptied beyond it.
class ReadTransaction {
 public:
  explicit ReadTransaction(const Database& database) : database_(database) { database_.try_to("BEGIN"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() { database_.try_to("COMMIT"); }

 private:
  const Database& database_;
};

// Runs a query and calls `row` for each row until it answers false or an error.
[[nodiscard]] Result<void> each_row(const Database& database, std::string_view sql,
                                    const std::function<Result<bool>(const Statement&)>& row);

// What a record is sorted by, and its id. Unknown values are kept apart.
struct Ranking {
  std::vector<std::pair<std::int64_t, std::int64_t>> known;
  std::vector<std::int64_t> unknown;

  // Best first; unknown ones by id behind the others. At most `most`.
  [[nodiscard]] std::vector<std::int64_t> ids(bool descending, std::size_t most);
};
// Adds the rows of "FROM `from`".
[[nodiscard]] Result<void> rank(const Database& database, std::string_view from, SortKey sort,
                                Ranking& ranking);
// Looks the records up in this order; one that has been retired meanwhile is left out.
[[nodiscard]] Result<std::vector<HistoryRecord>> fetch(const Database& database,
                                                       const std::vector<std::int64_t>& ids);
[[nodiscard]] Result<std::optional<HistoryRecord>> fetch_one(const Database& database, std::int64_t id);

}  // namespace conntrail::store
