#include "history/read/presence.h"

#include <algorithm>

#include "history/tables/large_summary.h"
#include "history/tables/packed_groups.h"

namespace conntrail::store {

Result<Presence> Presence::prepare(const Database& database) {
  Presence presence;
  auto done = database.prepare_all({
      {&presence.is_partial_, "SELECT 1 FROM bucket WHERE bucket = ?1 AND partial"},
      {&presence.packed_, "SELECT packed FROM summary_full WHERE bucket = ?1 AND dimension = ?2"},
      {&presence.value_, "SELECT 1 FROM summary WHERE bucket = ?1 AND dimension = ?2 AND value = ?3"},
  });
  if (!done) return std::unexpected(done.error());
  return presence;
}

Result<bool> Presence::may_have(const Database& database, std::int64_t bucket, GroupKey key,
                                std::span<const std::string> values) {
  const ResetAtExit reset_partial(is_partial_);
  is_partial_.bind(1, bucket);
  int code = is_partial_.step();
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) return database.failure("read");

  const ResetAtExit reset_packed(packed_);
  packed_.bind(1, bucket);
  packed_.bind(2, dimension_of(key));
  code = packed_.step();
  if (code == SQLITE_ROW) {
    return packed_.is_null(0) || std::ranges::any_of(values, [&](const std::string& value) {
             return packed_may_have(packed_.blob(0), value);
           });
  }
  if (code != SQLITE_DONE) return database.failure("read");

  for (const std::string& value : values) {
    const ResetAtExit reset(value_);
    value_.bind(1, bucket);
    value_.bind(2, dimension_of(key));
    value_.bind(3, std::string_view(value));
    code = value_.step();
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) return database.failure("read");
  }
  return false;
}

}  // namespace conntrail::store
