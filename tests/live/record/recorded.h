// What the tests of the recorder have in common: a directory that goes away, a recorder that is ready, and
// the database as the sqlite3 program reads it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "crowd.h"
#include "scenario.h"

namespace conntrail::live {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Recorded : public Scenario {
 protected:
  Recorded() { net.sysctl("net.ipv4.tcp_max_tw_buckets", "200000"); }

  [[nodiscard]] std::string database() const { return directory.file("history.db"); }
  // Starts `conntrail record` on database() and this namespace and waits until it says that it records.
  void record(std::vector<std::string> more = {});
  void stop_recording(int signal = SIGTERM);
  // Of sqlite3, read only: an array of objects.
  [[nodiscard]] Json rows(const std::string& sql) const;
  [[nodiscard]] Json row_of(std::uint64_t cookie) const;  // null when there is none
  [[nodiscard]] std::int64_t number(const std::string& sql) const;
  // Waits until the row fulfils `wanted`.
  [[nodiscard]] bool row_becomes(std::uint64_t cookie, const std::function<bool(const Json&)>& wanted,
                                 Duration bound = std::chrono::seconds(5)) const;
  // Opened and closed again by the client first.
  Pair one_connection(int listening);
  [[nodiscard]] static std::vector<std::string> states(const Json& row);

  TemporaryDirectory directory;
  std::unique_ptr<Tool> recorder;
};

}  // namespace conntrail::live
