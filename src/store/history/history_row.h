// A connection as a row of the table `record`, and back. docs/records.md, "The history database", says what
// each column holds; record_columns.h has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/model/connection.h"
#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

inline constexpr std::int64_t kBucketNs = std::int64_t{600} * 1'000'000'000;
// The ten minutes a wall time lies in, counted from 1970.
[[nodiscard]] std::int64_t bucket_of(std::int64_t wall_ns);

// A row to be written: a connection, and what only the database knows about it.
struct NewRow {
  NewRow(const Connection& of, MonoTime last_seen, const WallClock& run_clock);
  // Files the row under the bucket of its end (or of when it was last seen), which is the answer. What is
  // gone is settled from the start.
  std::int64_t settle();

  const Connection& connection;  // its id is the database's
  MonoTime seen;
  WallClock clock;
  MonoTime base;  // the earliest time of the connection: most others are stored as small differences from it
  std::optional<std::int64_t> bucket;  // of its end; empty while something of the connection lives
  std::int64_t run = 0;
  std::int64_t program = 0;
};

// A row that was read.
struct StoredRow {
  HistoryRecord record;
  MonoTime base;
  std::optional<std::int64_t> bucket;
  std::int64_t program = 0;
};

// The whole row, or all but the long texts, which few questions need.
enum class RowWidth : std::uint8_t { narrow, whole };

// "INSERT INTO record(…) VALUES(?,…)", for RowBinder.
[[nodiscard]] std::string insert_record_sql(std::string_view verb);
// What read_row() wants selected, from `record r … JOIN program p ON p.id = r.program`.
[[nodiscard]] std::string row_columns(RowWidth width);
// The number of columns in it: what is selected behind them comes here.
[[nodiscard]] int count_row_columns(RowWidth width);

// Binds rows; what it binds lives here until the next bind().
class RowBinder {
 public:
  RowBinder();
  void bind(Statement& statement, const NewRow& row);

 private:
  std::vector<std::string> buffers_;  // one for each column
};

// False when a value cannot be what a recorder wrote: the row is damaged. A narrow row leaves what it does
// not have as it was.
[[nodiscard]] bool read_row(const Statement& statement, const WallClock& clock, RowWidth width,
                            StoredRow& row);

}  // namespace conntrail::store
