#include "history/tables/program_table.h"

#include <functional>

#include "conntrail/base/hash.h"

namespace conntrail::store {
namespace {

constexpr std::size_t kMostKnown = 65536;  // a process may rename itself for every connection

}  // namespace

std::size_t ProgramTable::Hash::operator()(const Key& key) const {
  return combine_hash(kHashSeed, std::hash<std::string>()(key.comm), key.uid, key.cgroup_id, key.netns);
}

Result<ProgramTable> ProgramTable::prepare(const Database& database) {
  ProgramTable table;
  auto done = database.prepare_all({
      {&table.select_,
       "SELECT id, last_bucket FROM program WHERE comm = ?1 AND uid = ?2 AND cgroup_id = ?3"
       " AND netns = ?4"},
      {&table.insert_,
       "INSERT INTO program(comm, uid, cgroup_id, netns, last_bucket)"
       " VALUES(?1, ?2, ?3, ?4, ?5)"},
      {&table.touch_, "UPDATE program SET last_bucket = ?2 WHERE id = ?1"},
  });
  if (!done) return std::unexpected(done.error());
  return table;
}

Result<ProgramTable::Known> ProgramTable::look_up(const Database& database, const Key& key,
                                                  std::int64_t bucket) {
  const auto bind = [&key](Statement& statement) {
    statement.bind(1, std::string_view(key.comm));
    statement.bind(2, key.uid);
    statement.bind(3, static_cast<std::int64_t>(key.cgroup_id));
    statement.bind(4, std::int64_t{key.netns});
  };
  {
    const ResetAtExit reset(select_);
    bind(select_);
    const int code = select_.step();
    if (code == SQLITE_ROW) return Known{select_.integer(0), select_.integer(1)};
    if (code != SQLITE_DONE) return database.failure("read");
  }
  bind(insert_);
  insert_.bind(5, bucket);
  if (auto done = database.run(insert_); !done) return std::unexpected(done.error());
  return Known{sqlite3_last_insert_rowid(database.handle()), bucket};
}

Result<std::int64_t> ProgramTable::id_of(const Database& database, const Connection& c, std::int64_t bucket) {
  wanted_.comm = c.owner.comm;
  wanted_.uid = c.owner.has_uid ? std::int64_t{c.owner.uid} : -1;
  wanted_.cgroup_id = c.owner.cgroup_id;
  wanted_.netns = c.tuple.netns;
  auto place = known_.find(wanted_);
  if (place == known_.end()) {
    const auto found = look_up(database, wanted_, bucket);
    if (!found) return std::unexpected(found.error());
    if (known_.size() == kMostKnown) known_.clear();
    place = known_.emplace(wanted_, *found).first;
  }
  Known& program = place->second;
  if (program.last_bucket < bucket) {
    touch_.bind(1, program.id);
    touch_.bind(2, bucket);
    if (auto done = database.run(touch_); !done) return std::unexpected(done.error());
    program.last_bucket = bucket;
  }
  return program.id;
}

void ProgramTable::forget() { known_.clear(); }

}  // namespace conntrail::store
