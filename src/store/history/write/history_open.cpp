// Opening the database to write: every problem is reported before a byte of the file changes.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "history/history_schema.h"
#include "history/write/history_store.h"

namespace conntrail::store {
namespace {

constexpr int kWriterBusyMs = 5000;  // someone with sqlite3 and a transaction of his own
constexpr std::uint64_t kLeastBytes = std::uint64_t{4} << 20U;

Result<void> make_directory(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (directory.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail_errno("cannot make the directory " + directory.string() + " for the history", error.value(),
                      "name a file in another place with --db");
  }
  return {};
}

Result<void> check_file_kind(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("cannot open " + path, errno);
  }
  if (!S_ISREG(status.st_mode)) return fail("cannot record into " + path, "it is not a regular file");
  return {};
}

// SQLite would only say that it cannot open the file.
Result<void> check_writable(const std::string& path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  const std::string place = directory.empty() ? "." : directory.string();
  constexpr const char* kHint = "name a file in another place with --db";
  if (access(path.c_str(), F_OK) == 0 && access(path.c_str(), R_OK | W_OK) != 0)
    return fail_errno("cannot write " + path, errno, kHint);
  if (access(place.c_str(), W_OK | X_OK) != 0)
    return fail_errno("cannot write " + path + " and what belongs beside it into " + place, errno, kHint);
  return {};
}

// Reads the header without write access, so that a foreign file is left exactly as it is.
Result<void> check_contents(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || status.st_size == 0) return {};
  const auto database = Database::open(path, SQLITE_OPEN_READONLY, path);
  if (!database) return std::unexpected(database.error());
  const auto found = file_version(*database);
  if (!found) return std::unexpected(found.error());
  return check_version(*database, *found, kSchemaVersion);
}

}  // namespace

Result<OpenedForWriting> open_for_writing(const WriterOptions& options) {
  const std::string& path = options.path;
  if (options.max_bytes < kLeastBytes)
    return fail_usage("cannot keep a history within so few bytes",
                      fmt::format("at least {} are needed", kLeastBytes));
  if (auto made = make_directory(path); !made) return std::unexpected(made.error());
  if (auto kind = check_file_kind(path); !kind) return std::unexpected(kind.error());
  if (auto writable = check_writable(path); !writable) return std::unexpected(writable.error());
  if (auto ours = check_contents(path); !ours) return std::unexpected(ours.error());
  auto lock = WriterLock::acquire(path);
  if (!lock) return std::unexpected(lock.error());
  auto database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, path);
  if (!database) return std::unexpected(database.error());
  sqlite3_busy_timeout(database->handle(), kWriterBusyMs);
  // Once more, now that nobody else can have changed it in between.
  const auto found = file_version(*database);
  if (!found) return std::unexpected(found.error());
  if (auto ours = check_version(*database, *found, kSchemaVersion); !ours)
    return std::unexpected(ours.error());
  // NORMAL: a commit survives the death of the process; after a power cut the last second may be missing, the
  // database is whole either way.
  const std::int64_t pages = checkpoint_pages(options.max_bytes);
  const std::string settings = fmt::format(
      "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {}; PRAGMA cache_size = -16000;"
      "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
      pages * 4096);
  if (auto set = database->execute(settings); !set) return std::unexpected(set.error());
  if (auto done = migrate(*database, migrations()); !done) return std::unexpected(done.error());
  return OpenedForWriting{std::move(*lock), std::move(*database)};
}

}  // namespace conntrail::store
