// Keeps the database within its age and size: the oldest ten minutes go first, in portions, so that no
// transaction is long. Freed pages are used again; the file does not shrink.
#pragma once

#include <cstdint>

#include "history/sqlite.h"
#include "history/tables/connection_table.h"

namespace conntrail::store {

class Retention {
 public:
  Retention(std::uint64_t max_bytes, Nanoseconds keep) : max_bytes_(max_bytes), keep_(keep) {}

  // Part of the open transaction. `written`: rows of this transaction; never fewer are retired while there
  // is too much. Answers how many rows were retired.
  [[nodiscard]] Result<std::uint64_t> apply(const Database& database, RecordTable& records,
                                            std::int64_t now_ns, std::uint64_t written);

 private:
  [[nodiscard]] Result<bool> too_large(const Database& database) const;
  [[nodiscard]] Result<std::uint64_t> retire(const Database& database, RecordTable& records,
                                             std::int64_t bucket, std::uint64_t most) const;

  std::uint64_t max_bytes_;
  Nanoseconds keep_;
};

// Pages of the write-ahead log after which it is copied into the database: a small part of the allowed size,
// but as many as that permits, because every copy makes the disk busy for a while, which commits feel.
[[nodiscard]] std::int64_t checkpoint_pages(std::uint64_t max_bytes);

}  // namespace conntrail::store
