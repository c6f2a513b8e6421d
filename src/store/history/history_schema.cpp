#include "history/history_schema.h"

#include <fmt/format.h>

#include <string_view>

#include "history/history_view.h"

namespace conntrail::store {
namespace {

constexpr std::string_view kTablesBefore = R"sql(
CREATE TABLE run(
  id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, kernel TEXT NOT NULL, source TEXT NOT NULL,
  clock_offset INTEGER NOT NULL, started INTEGER NOT NULL, last_commit INTEGER NOT NULL,
  clean_end INTEGER NOT NULL, id_base INTEGER NOT NULL, id_last INTEGER NOT NULL);
CREATE TABLE gap(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,
  count INTEGER NOT NULL, cause TEXT NOT NULL);
CREATE TABLE program(
  id INTEGER PRIMARY KEY, netns INTEGER NOT NULL, comm TEXT NOT NULL, uid INTEGER NOT NULL,
  cgroup_id INTEGER NOT NULL, last_bucket INTEGER NOT NULL, UNIQUE(comm, uid, cgroup_id, netns));
)sql";

// The secondary indexes of `record` are partial, so that a row is in one only while it must be:
//   record_alive  something of it is left in the kernel; small
//   record_ended  filed under the ten minutes of its end and, for one peer, in the order of the ids: inserts
//                 stay within few pages, also in a storm; local_port is there to be compared without the row
//   record_span   the few that were opened in an earlier bucket
// 67108864 is the bit `spanning` of `flags` (history_flags.h); no bucket: something lives.
constexpr std::string_view kTablesBehind = R"sql(
CREATE INDEX record_alive ON record(id) WHERE bucket IS NULL;
CREATE INDEX record_ended ON record(bucket, remote_addr, remote_port, id, local_port) WHERE bucket IS NOT NULL;
CREATE INDEX record_span ON record(bucket) WHERE bucket IS NOT NULL AND (flags & 67108864) != 0;
CREATE TABLE bucket(bucket INTEGER PRIMARY KEY, partial INTEGER NOT NULL);
CREATE TABLE summary(
  dimension INTEGER NOT NULL, bucket INTEGER NOT NULL, value TEXT NOT NULL, connections INTEGER NOT NULL,
  failed INTEGER NOT NULL, bytes_sent INTEGER NOT NULL, bytes_received INTEGER NOT NULL,
  retransmits INTEGER NOT NULL, duration INTEGER NOT NULL, durations INTEGER NOT NULL,
  PRIMARY KEY(dimension, bucket, value)) WITHOUT ROWID;
CREATE TABLE summary_full(
  dimension INTEGER NOT NULL, bucket INTEGER NOT NULL, packed BLOB, PRIMARY KEY(dimension, bucket));
CREATE TABLE top(
  key INTEGER NOT NULL, bucket INTEGER NOT NULL, value INTEGER NOT NULL, id INTEGER NOT NULL,
  PRIMARY KEY(key, bucket, value, id)) WITHOUT ROWID;
CREATE TABLE host_sample(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at INTEGER NOT NULL, netns INTEGER NOT NULL,
  whole INTEGER NOT NULL, "values" TEXT NOT NULL, listeners TEXT);
CREATE INDEX host_sample_at ON host_sample(at);
CREATE TABLE error_name(error INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE schema_version(version INTEGER NOT NULL);
INSERT INTO schema_version VALUES(0);
)sql";

std::string version_1(const RecordTableLayout& layout) {
  return fmt::format("{}{}{}{}{}", kTablesBefore, create_record_sql(layout), kTablesBehind, error_names_sql(),
                     connection_view_sql(layout, 1));
}

// What has come to the table since the version before; the view shows it, too.
std::string later_version(const RecordTableLayout& layout, int version) {
  std::string sql;
  for (const Column& column : layout.columns) {
    if (column.since == version)
      sql += fmt::format("ALTER TABLE record ADD COLUMN {} {};", column.name, column.type);
  }
  return sql + "DROP VIEW connection;" + connection_view_sql(layout, version);
}

}  // namespace

std::string create_record_sql(const RecordTableLayout& layout) {
  std::string columns;
  for (const Column& column : layout.columns) {
    if (column.since != 1) continue;
    columns += columns.empty() ? column.separator.substr(1) : column.separator;
    columns += fmt::format("{} {}", column.name, column.type);
  }
  return fmt::format("CREATE TABLE record({});", columns);
}

std::vector<Migration> migrations_of(const RecordTableLayout& layout) {
  std::vector<Migration> steps{{1, version_1(layout)}};
  for (int version = 2; version <= newest_version(layout); ++version)
    steps.push_back({version, later_version(layout, version)});
  return steps;
}

std::span<const Migration> migrations() {
  static const std::vector<Migration> steps = migrations_of(kRecordLayout);
  return steps;
}

Result<FileVersion> file_version(const Database& database) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  const auto version = database.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  const auto tables = database.number("SELECT count(*) FROM sqlite_master");
  if (!tables) return std::unexpected(tables.error());
  FileVersion found;
  found.version = static_cast<int>(version->value_or(0));
  if (application->value_or(0) == kApplicationId) {
    found.kind = FileKind::history;
  } else if (tables->value_or(0) != 0 || found.version != 0) {
    found.kind = FileKind::foreign;
  }
  return found;
}

Result<void> check_version(const Database& database, const FileVersion& found, int newest) {
  if (found.kind == FileKind::foreign) {
    return fail("cannot use " + database.path() + " as a history", "it is a database of another program",
                "name another file with --db; this one is left as it is");
  }
  if (found.kind == FileKind::history && found.version > newest) {
    return fail("cannot use the history " + database.path(),
                fmt::format("it was written by a newer conntrail (schema {}; this one knows up to {})",
                            found.version, newest),
                "use that one, or name another file with --db");
  }
  return {};
}

Result<void> migrate(const Database& database, std::span<const Migration> steps) {
  const auto found = file_version(database);
  if (!found) return std::unexpected(found.error());
  for (const Migration& step : steps) {
    if (step.to <= found->version) continue;
    const std::string sql = fmt::format(
        "BEGIN IMMEDIATE;{};UPDATE schema_version SET version = {};PRAGMA user_version = {};"
        "PRAGMA application_id = {};COMMIT;",
        step.sql, step.to, step.to, kApplicationId);
    if (auto done = database.execute(sql); !done) {
      database.try_to("ROLLBACK");
      return done;
    }
  }
  return {};
}

}  // namespace conntrail::store
