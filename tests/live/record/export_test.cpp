// What export writes for other programs, read back with a JSON parser and held against the database as
// sqlite3 reads it.
#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <map>

#include "recorded.h"

namespace conntrail::live {
namespace {

class Export : public Recorded {
 protected:
  [[nodiscard]] std::string capture() const { return directory.file("capture"); }
  [[nodiscard]] std::string exported(std::vector<std::string> words) const {
    words.insert(words.begin(), "export");
    const ToolRun run = run_tool(words);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.out;
  }
  static std::vector<Json> of_track(const Json& trace, std::uint64_t id, const std::string& phase) {
    std::vector<Json> found;
    for (const Json& event : trace["traceEvents"]) {
      if (event["ph"] == phase && event["tid"] == id) found.push_back(event);
    }
    return found;
  }
  // Some of everything: ordinary ends, a refused connect, one that is still open.
  void live() {
    Peer crowd{"ct-crowd"};
    const int listening = server.listen(loopback(Flavour::v4));
    record({"--capture", capture()});
    churn(crowd, 50, ChurnEnd::fin);
    pair = one_connection(listening);
    open = connect_again(client, server, listening);
    const int fd = client.open(AF_INET);
    EXPECT_EQ(client.connect_error(fd, loopback(Flavour::v4, 1)), ECONNREFUSED);
    client.close(fd);
    ASSERT_TRUE(row_becomes(pair.server_facts.cookie, [](const Json& row) { return row["gone"] == 1; }));
    stop_recording();
  }
  Pair pair;
  Pair open;
};

TEST_F(Export, ATraceHasEveryConnectionWithItsStates) {
  live();
  const Json trace = Json::parse(exported({"--db", database()}));
  std::map<std::uint64_t, Json> names;
  for (const Json& event : trace["traceEvents"]) {
    if (event["name"] == "thread_name") names[event["tid"].get<std::uint64_t>()] = event;
  }
  const Json rows_of_all = rows("SELECT id, coalesce(pid, 0) AS pid, trail FROM connection");
  EXPECT_GT(rows_of_all.size(), 100U);
  EXPECT_EQ(names.size(), rows_of_all.size());
  for (const Json& row : rows_of_all) {
    const auto id = row["id"].get<std::uint64_t>();
    EXPECT_EQ(names[id]["pid"], row["pid"]);
    std::vector<std::string> of_row;
    for (const Json& step : Json::parse(row["trail"].get<std::string>())) {
      if (step["state"] != "CLOSE") of_row.push_back(step["state"]);
    }
    std::vector<std::string> of_trace;
    for (const Json& slice : of_track(trace, id, "X")) of_trace.push_back(slice["name"]);
    EXPECT_EQ(of_trace, of_row) << row;
  }
}

TEST_F(Export, TimesAreThoseOfTheDatabase) {
  live();
  const Json trace = Json::parse(exported({"--db", database()}));
  const Json row = row_of(pair.server_facts.cookie);
  const auto slices = of_track(trace, row["id"].get<std::uint64_t>(), "X");
  const Json trail = Json::parse(row["trail"].get<std::string>());
  ASSERT_EQ(slices.size() + 1, trail.size()) << "all but CLOSE";
  for (std::size_t i = 0; i < slices.size(); ++i)
    EXPECT_NEAR(slices[i]["dur"].get<double>(), trail[i]["for_us"].get<double>(), 0.0011) << trail[i];
  const double length = slices.back()["ts"].get<double>() + slices.back()["dur"].get<double>() -
                        slices.front()["ts"].get<double>();
  EXPECT_NEAR(length, row["duration_us"].get<double>(), 0.0011);
}

TEST_F(Export, ACaptureGivesTheSame) {
  live();
  EXPECT_TRUE(exported({"--db", database()}) == exported({"--from", capture()}));
  EXPECT_TRUE(exported({"--db", database(), "--format", "csv"}) ==
              exported({"--from", capture(), "--format", "csv"}));
}

TEST_F(Export, OnlyWhatIsAskedFor) {
  live();
  const std::string port = std::to_string(pair.client_facts.local.port());
  const Json trace = Json::parse(exported({"--db", database(), "sport", "=", ":" + port}));
  std::size_t tracks = 0;
  for (const Json& event : trace["traceEvents"]) tracks += event["name"] == "thread_name" ? 1U : 0U;
  EXPECT_EQ(tracks, 1U);
  EXPECT_EQ(run_tool({"export", "--db", database(), "dport", "=", ":2"}).status, 1);
  const ToolRun nothing = run_tool({"export", "--db", directory.file("none.db")});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, testing::HasSubstr("none.db"));
}

TEST_F(Export, CsvHasARowForEach) {
  live();
  const std::string file = directory.file("out.csv");
  EXPECT_EQ(exported({"--db", database(), "--format", "csv", "-o", file}), "");
  std::ifstream in(file);
  std::string line;
  std::int64_t lines = 0;
  while (std::getline(in, line)) {
    ++lines;
    EXPECT_TRUE(line.ends_with('\r')) << line;
  }
  EXPECT_EQ(lines, number("SELECT count(*) FROM connection") + 1);
}

}  // namespace
}  // namespace conntrail::live
