// The queries of docs/records.md are run as they stand there, by sqlite3 itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "history_fixture.h"
#include "samples.h"

namespace conntrail::store {
namespace {

using namespace test;

constexpr Nanoseconds kSecond{1'000'000'000};

// Every block of SQL behind the heading of the database.
std::vector<std::string> documented_queries() {
  std::ifstream file(CONNTRAIL_SOURCE_DIR "/docs/records.md");
  std::vector<std::string> out;
  bool in_section = false;
  bool in_query = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "## The history database") in_section = true;
    if (line == "```sql" && in_section) {
      in_query = true;
      out.emplace_back();
    } else if (line == "```") {
      in_query = false;
    } else if (in_query) {
      out.back() += line + "\n";
    }
  }
  return out;
}

std::vector<std::string> documented_columns() {
  std::ifstream file(CONNTRAIL_SOURCE_DIR "/docs/records.md");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<std::string> out;
  const std::string all = text.str();
  for (std::size_t at = all.find("\n| `"); at != std::string::npos; at = all.find("\n| `", at + 1)) {
    const std::string cell = all.substr(at + 3, all.find(" |", at + 3) - at - 3);
    for (std::size_t begin = cell.find('`'); begin != std::string::npos;) {
      const std::size_t end = cell.find('`', begin + 1);
      out.push_back(cell.substr(begin + 1, end - begin - 1));
      begin = cell.find('`', end + 1);
    }
  }
  return out;
}

// Something for each query to find.
void make_history(const std::string& path) {
  {
    const auto writer = open_writer(path, run_at_noon());
    writer->put(Gap{run_at_noon().clock.real_ns(kNoon), run_at_noon().clock.real_ns(kNoon + kSecond), 5,
                    "events lost"});
  }
  auto run = run_at_noon();
  run.started = kNoon + 10 * kSecond;
  const auto writer = open_writer(path, run);
  std::uint64_t id = 0;
  for (Connection c : view::samples::all()) {
    c.id = ++id;
    if (c.time_wait) {
      c.gone = true;
      c.state_since = c.last_event = c.time_wait_entered + 60 * kSecond;
    }
    writer->put(c, kNoon + 3600 * kSecond);
  }
  Crowd crowd(5, kNoon, 3600 * kSecond);
  for (int i = 0; i < 3000; ++i) {
    Connection c = crowd.next();
    c.id = ++id;
    writer->put(c, kNoon + 3600 * kSecond);
  }
  HostSample sample;
  sample.time = kNoon + 20 * kSecond;
  sample.netns = 4026531840U;
  sample.values = {{"sockstat.TCP.tw", 17}};
  writer->put(sample);
  expect_finish(*writer, kNoon + 3601 * kSecond);
}

TEST(HistoryDoc, EveryQueryFindsSomething) {
  const Directory directory;
  make_history(directory.file("h.db"));
  const std::vector<std::string> queries = documented_queries();
  EXPECT_GE(queries.size(), 12U);
  for (const std::string& query : queries) EXPECT_NE(sqlite3(directory.file("h.db"), query), "") << query;
}

TEST(HistoryDoc, EveryColumnOfTheViewIsDocumented) {
  const Directory directory;
  make_history(directory.file("h.db"));
  const std::vector<std::string> documented = documented_columns();
  const std::string columns =
      sqlite3(directory.file("h.db"), "SELECT name FROM pragma_table_info('connection')");
  std::stringstream lines(columns);
  int count = 0;
  for (std::string name; std::getline(lines, name); ++count)
    EXPECT_NE(std::find(documented.begin(), documented.end(), name), documented.end()) << name;
  EXPECT_GT(count, 40);
}

}  // namespace
}  // namespace conntrail::store
