// SQLite's handles as values that clean up after themselves, and its errors as ours.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "conntrail/base/result.h"

namespace conntrail::store {

// One prepared statement. Texts are bound without a copy: they must live until the next reset().
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters and columns are counted as SQLite does: from 1 and from 0.
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }
  void bind(int index, std::string_view text) {
    sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  // Copied.
  void bind_blob(int index, std::span<const std::uint8_t> bytes) {
    sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
  void bind_null(int index) { sqlite3_bind_null(statement_.get(), index); }
  void bind(int index, std::optional<std::int64_t> value) { value ? bind(index, *value) : bind_null(index); }

  // SQLITE_ROW, SQLITE_DONE or an error code.
  [[nodiscard]] int step() { return sqlite3_step(statement_.get()); }
  int reset() { return sqlite3_reset(statement_.get()); }

  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  // Valid until the next step() or reset().
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement when a scope is left, so that it holds neither locks nor borrowed texts.
class ResetAtExit {
 public:
  explicit ResetAtExit(Statement& statement) : statement_(statement) {}
  ResetAtExit(const ResetAtExit&) = delete;
  ResetAtExit& operator=(const ResetAtExit&) = delete;
  ~ResetAtExit() { statement_.reset(); }

 private:
  Statement& statement_;
};

// One connection to one database file. Not thread-safe.
class Database {
 public:
  // `flags` as of sqlite3_open_v2; `name` may be a URI.
  [[nodiscard]] static Result<Database> open(const std::string& name, int flags, std::string path);

  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  // Each into the place beside it, up to the first that fails.
  [[nodiscard]] Result<void> prepare_all(
      std::initializer_list<std::pair<Statement*, std::string_view>> statements) const;
  // Any number of statements, without results.
  [[nodiscard]] Result<void> execute(const std::string& sql) const;
  // For statements whose failure does not matter: the end of a transaction that only read, or that failed.
  void try_to(const std::string& sql) const { [[maybe_unused]] const auto done = execute(sql); }
  // The first column of the first row; empty when there is no row or it is NULL.
  [[nodiscard]] Result<std::optional<std::int64_t>> number(std::string_view sql) const;
  // Runs a bound statement to its end and resets it.
  [[nodiscard]] Result<void> run(Statement& statement) const;

  // The error of the last call: "cannot WHAT PATH: why (what to do)".
  [[nodiscard]] std::unexpected<Error> failure(std::string_view what) const;
  [[nodiscard]] sqlite3* handle() const { return database_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  Database(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

// The error behind one of SQLite's codes, with what a person can do about it.
[[nodiscard]] Error sqlite_error(std::string_view what, const std::string& path, int code, int sys_errno,
                                 std::string_view message);

}  // namespace conntrail::store
