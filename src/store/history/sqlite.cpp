#include "history/sqlite.h"

#include <cerrno>
#include <system_error>

namespace conntrail::store {
namespace {

std::string_view hint_for(int primary) {
  switch (primary) {
    case SQLITE_FULL:
      return "free some space, or give the history less of it with --max-size";
    case SQLITE_NOTADB:
      return "name another file with --db; this one is left as it is";
    case SQLITE_CORRUPT:
      return "save what can be read with: sqlite3 FILE .recover, then move the file away";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "name a file that you may write with --db";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds a lock on it; end that one";
    default:
      return {};
  }
}

// SQLite says only "unable to open" or "disk I/O error" where the system has given a reason.
bool system_knows_better(int primary, int sys_errno) {
  return sys_errno != 0 && (primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR || primary == SQLITE_PERM);
}

// SQLite's own statistics of memory cost a global lock with every allocation, and nobody reads them.
void configure_once() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
}

}  // namespace

Error sqlite_error(std::string_view what, const std::string& path, int code, int sys_errno,
                   std::string_view message) {
  const int primary = code & 0xff;
  Error error;
  error.what = "cannot " + std::string(what) + " " + path;
  error.why = std::string(message);
  error.hint = std::string(hint_for(primary));
  if (system_knows_better(primary, sys_errno)) {
    error.sys_errno = sys_errno;
    error.why = std::generic_category().message(sys_errno);
    if (sys_errno == EACCES || sys_errno == EPERM) error.kind = ErrorKind::not_permitted;
  }
  return error;
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::string& name, int flags, std::string path) {
  configure_once();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, std::move(path));  // also after a failure there is a handle to close
  if (handle == nullptr) return fail("cannot open " + database.path_, "out of memory");
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return database.failure("open");
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure("read");
  return Statement(statement);
}

Result<void> Database::prepare_all(
    std::initializer_list<std::pair<Statement*, std::string_view>> statements) const {
  for (const auto& [place, sql] : statements) {
    auto prepared = prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    *place = std::move(*prepared);
  }
  return {};
}

Result<void> Database::execute(const std::string& sql) const {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure("use");
  return {};
}

Result<std::optional<std::int64_t>> Database::number(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const int code = statement->step();
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) return failure("read");
  return statement->optional_integer(0);
}

Result<void> Database::run(Statement& statement) const {
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = statement.step();
  if (code == SQLITE_DONE) {
    statement.reset();
    return {};
  }
  auto error = failure("write");
  statement.reset();
  return error;
}

std::unexpected<Error> Database::failure(std::string_view what) const {
  return std::unexpected(sqlite_error(what, path_, sqlite3_extended_errcode(handle()),
                                      sqlite3_system_errno(handle()), sqlite3_errmsg(handle())));
}

}  // namespace conntrail::store
