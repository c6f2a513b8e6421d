// Whether a bucket may have connections with a given address or port, from its summaries: a search for what
// never was then reads no rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

class Presence {
 public:
  [[nodiscard]] static Result<Presence> prepare(const Database& database);

  // False only when no settled connection of the bucket has one of these values. True where nothing is kept
  // of the bucket that would tell.
  [[nodiscard]] Result<bool> may_have(const Database& database, std::int64_t bucket, GroupKey key,
                                      std::span<const std::string> values);

 private:
  Statement is_partial_;
  Statement packed_;
  Statement value_;
};

}  // namespace conntrail::store
