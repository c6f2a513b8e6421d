// HistoryReader: opening, and everything that is looked up rather than searched.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "conntrail/model/listener.h"
#include "history/history_schema.h"
#include "history/read/reader_impl.h"
#include "history/tables/sample_table.h"

namespace conntrail::store {
namespace {

constexpr int kReaderBusyMs = 2000;
constexpr int kLongestText = 16 << 20;  // of a damaged or hostile file

// A path as the file part of a URI.
std::string uri_of(const std::string& path) {
  std::string out = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

Result<void> check(const Database& database) {
  sqlite3_busy_timeout(database.handle(), kReaderBusyMs);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, kLongestText);
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (auto set = database.execute("PRAGMA cell_size_check = ON; PRAGMA cache_size = -16000"); !set)
    return set;
  const auto found = file_version(database);
  if (!found) return std::unexpected(found.error());
  if (found->kind == FileKind::empty) {
    return fail("cannot read the history " + database.path(), "it is empty",
                "start a recorder first: conntrail record");
  }
  if (auto ours = check_version(database, *found, kSchemaVersion); !ours) return ours;
  if (found->version < kSchemaVersion) {
    return fail("cannot read the history " + database.path(),
                fmt::format("it has schema {}, which an older conntrail wrote", found->version),
                "the next conntrail record will bring it up to date");
  }
  return {};
}

// A database in WAL mode wants to write beside itself even to be read. Where that is impossible and no log is
// there, nobody is writing, and it can be read as it is.
Result<Database> open_unwritable(const std::string& path) {
  struct stat log {};
  if (stat((path + "-wal").c_str(), &log) == 0 && log.st_size != 0) {
    return fail("cannot read the history " + path,
                "its newest part is in " + path + "-wal, which cannot be read from here",
                "copy both files to a place that you may write to, or read it as their owner");
  }
  auto database = Database::open(uri_of(path) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path);
  if (!database) return database;
  if (auto ours = check(*database); !ours) return std::unexpected(ours.error());
  return database;
}

Result<Database> open_to_read(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return fail_errno("cannot read the history " + path, errno,
                      errno == ENOENT ? "start a recorder first: conntrail record" : "");
  }
  if (!S_ISREG(status.st_mode)) return fail("cannot read the history " + path, "it is not a regular file");
  auto database = Database::open(path, SQLITE_OPEN_READONLY, path);
  if (!database) return database;
  auto ours = check(*database);
  if (ours) return database;
  const int code = sqlite3_errcode(database->handle()) & 0xff;
  if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) return open_unwritable(path);
  return std::unexpected(ours.error());
}

constexpr std::string_view kRunColumns =
    "id, boot_id, kernel, source, clock_offset, started, last_commit, clean_end";

Run read_run(const Statement& row) {
  Run run;
  run.id = row.integer(0);
  run.boot_id = row.text(1);
  run.kernel = row.text(2);
  run.source = row.text(3);
  // Differences of hostile numbers must not overflow.
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
  const auto within = [](std::int64_t ns) { return std::clamp(ns, -kFarthest / 2 * 2 + 1, kFarthest - 1); };
  const std::int64_t offset = within(row.integer(4));
  run.clock = WallClock::with_offset(offset);
  run.started = {within(row.integer(5)) - offset};
  run.last_commit = {within(row.integer(6)) - offset};
  run.clean_end = row.integer(7) != 0;
  return run;
}

Result<std::vector<HistoryRecord>> read_all(const Database& database, std::string_view where) {
  std::vector<HistoryRecord> out;
  auto done = each_row(database, select_with_clock(where), [&](const Statement& row) -> Result<bool> {
    auto record = read_record(database, row);
    if (!record) return std::unexpected(record.error());
    out.push_back(std::move(*record));
    return true;
  });
  if (!done) return std::unexpected(done.error());
  return out;
}

}  // namespace

Result<HistoryReader> HistoryReader::open(const std::string& path) {
  auto database = open_to_read(path);
  if (!database) return std::unexpected(database.error());
  return HistoryReader(std::make_unique<Impl>(std::move(*database)));
}

HistoryReader::HistoryReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryReader::HistoryReader(HistoryReader&&) noexcept = default;
HistoryReader& HistoryReader::operator=(HistoryReader&&) noexcept = default;
HistoryReader::~HistoryReader() = default;

Result<std::optional<HistoryRecord>> HistoryReader::find(std::uint64_t id) const {
  if (id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return fetch_one(impl_->database_, static_cast<std::int64_t>(id));
}

Result<std::optional<HistoryRecord>> HistoryReader::latest() const {
  // The row written last would be a listener or a long-lived connection that was merely looked at again.
  std::optional<HistoryRecord> latest;
  const auto done = for_each({}, SortKey::id, true, [&](const HistoryRecord& record) {
    const bool listens = is_listener(record.connection);
    if (!listens || !latest) latest = record;
    return listens;
  });
  if (!done) return std::unexpected(done.error());
  return latest;
}

Result<std::vector<HistoryRecord>> HistoryReader::living(const std::string& boot_id) const {
  const Database& database = impl_->database_;
  const ReadTransaction transaction(database);
  std::optional<Run> newest;
  auto done = each_row(database, fmt::format("SELECT {} FROM run ORDER BY id DESC LIMIT 1", kRunColumns),
                       [&](const Statement& row) -> Result<bool> {
                         newest = read_run(row);
                         return true;
                       });
  if (!done) return std::unexpected(done.error());
  if (!newest || newest->boot_id != boot_id) return std::vector<HistoryRecord>();
  return read_all(database, fmt::format("r.id IN (SELECT id FROM record INDEXED BY record_alive WHERE"
                                        " bucket IS NULL AND run = {}) ORDER BY r.id",
                                        newest->id));
}

Result<std::vector<Run>> HistoryReader::runs() const {
  std::vector<Run> out;
  auto done = each_row(impl_->database_, fmt::format("SELECT {} FROM run ORDER BY id", kRunColumns),
                       [&](const Statement& row) -> Result<bool> {
                         out.push_back(read_run(row));
                         return true;
                       });
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<std::vector<Gap>> HistoryReader::gaps(std::optional<std::int64_t> since_ns,
                                             std::optional<std::int64_t> until_ns) const {
  std::vector<Gap> out;
  std::string where = "1";
  if (since_ns) where += fmt::format(" AND to_ns >= {}", *since_ns);
  if (until_ns) where += fmt::format(" AND from_ns < {}", *until_ns);
  auto done = each_row(
      impl_->database_,
      fmt::format("SELECT from_ns, to_ns, count, cause FROM gap WHERE {} ORDER BY from_ns, id", where),
      [&](const Statement& row) -> Result<bool> {
        out.push_back({row.integer(0), row.integer(1), static_cast<std::uint64_t>(row.integer(2)),
                       std::string(row.text(3))});
        return true;
      });
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<std::vector<HostSample>> HistoryReader::samples(const Run& run, std::optional<std::int64_t> since_ns,
                                                       std::optional<std::int64_t> until_ns) const {
  return read_samples(impl_->database_, run, since_ns, until_ns);
}

}  // namespace conntrail::store
