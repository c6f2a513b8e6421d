// The tables of the history database, and how older ones become today's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "history/record_columns.h"
#include "history/sqlite.h"

namespace conntrail::store {

// In the file's header (PRAGMA application_id): "ctrl". What tells our files from others'.
inline constexpr int kApplicationId = 0x6374726c;

// What makes version `to` of version `to` - 1.
struct Migration {
  int to;
  std::string sql;
};
[[nodiscard]] std::span<const Migration> migrations();
[[nodiscard]] std::vector<Migration> migrations_of(const RecordTableLayout& layout);
[[nodiscard]] std::string create_record_sql(const RecordTableLayout& layout);

enum class FileKind { empty, history, foreign };
struct FileVersion {
  FileKind kind = FileKind::empty;
  int version = 0;
};
// Looks without writing. A file that is no database at all is an error.
[[nodiscard]] Result<FileVersion> file_version(const Database& database);
// "… was written by a newer conntrail", or "… is no history": why a file is refused; nothing when it is
// ours.
[[nodiscard]] Result<void> check_version(const Database& database, const FileVersion& found, int newest);

// Brings an empty or older database to the version of the last step, each step in a transaction of its own.
[[nodiscard]] Result<void> migrate(const Database& database, std::span<const Migration> steps);

}  // namespace conntrail::store
