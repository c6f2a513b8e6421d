// The table `program`: what all connections of one program in one namespace have in common, kept once.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <unordered_map>

#include "conntrail/model/connection.h"
#include "history/sqlite.h"

namespace conntrail::store {

class ProgramTable {
 public:
  [[nodiscard]] static Result<ProgramTable> prepare(const Database& database);

  // The number of the connection's program; a new one gets its row in the open transaction. `bucket` is the
  // present one: what no row of a kept bucket uses can be deleted later.
  [[nodiscard]] Result<std::int64_t> id_of(const Database& database, const Connection& connection,
                                           std::int64_t bucket);
  // After a rollback: what is not in the database is forgotten.
  void forget();

 private:
  struct Key {
    std::string comm;
    std::int64_t uid = -1;
    std::uint64_t cgroup_id = 0;
    std::uint32_t netns = 0;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Known {
    std::int64_t id = 0;
    std::int64_t last_bucket = 0;
  };
  [[nodiscard]] Result<Known> look_up(const Database& database, const Key& key, std::int64_t bucket);

  Statement select_;
  Statement insert_;
  Statement touch_;
  std::unordered_map<Key, Known, Hash> known_;
  Key wanted_;  // reused for its memory
};

}  // namespace conntrail::store
