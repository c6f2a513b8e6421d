// What the tests of the history database share: a directory of their own, runs, connections made up by
// chance, and the sqlite3 program as an independent witness.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "conntrail/store/history.h"

namespace conntrail::store::test {

// Removed with everything in it.
class Directory {
 public:
  Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();
  void open_to_all() const;  // any user may read what is in it
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A run that started 1000 s after a boot, at 2026-11-20 12:00:00 UTC.
[[nodiscard]] Run run_at_noon(const std::string& boot = "boot-a");
inline constexpr MonoTime kNoon{1'000'000'000'000};

// Throws std::runtime_error with the message of the error.
[[nodiscard]] std::unique_ptr<HistoryWriter> open_writer(const std::string& path, const Run& run);
[[nodiscard]] std::unique_ptr<HistoryWriter> open_writer(const WriterOptions& options, const Run& run);
[[nodiscard]] HistoryReader open_reader(const std::string& path);
void expect_finish(HistoryWriter& writer, MonoTime now);

// Every record, in the order of the ids.
[[nodiscard]] std::vector<HistoryRecord> all_records(const HistoryReader& reader,
                                                     const Condition& condition = {});
// As `list --json` prints it.
[[nodiscard]] std::string json_of(const Connection& connection, const WallClock& clock, MonoTime now);

// What the program prints for some SQL, without the last line end. Throws where it fails.
[[nodiscard]] std::string sqlite3(const std::string& path, const std::string& sql,
                                  const std::string& mode = "list");

// Runs SQL that changes the database.
void change_by_sqlite3(const std::string& path, const std::string& sql);

// Connections with every kind of life and end, the same for the same seed. They end between `from` and
// `from` + `within`.
class Crowd {
 public:
  Crowd(std::uint64_t seed, MonoTime from, Nanoseconds within)
      : random_(seed), from_(from), within_(within) {}
  [[nodiscard]] Connection next();

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  void live(Connection& connection);
  void end(Connection& connection);

  std::mt19937_64 random_;
  MonoTime from_;
  Nanoseconds within_;
  std::uint64_t count_ = 0;
};

}  // namespace conntrail::store::test
