#include "recorded.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "command.h"

namespace conntrail::live {

using std::chrono::seconds;

TemporaryDirectory::TemporaryDirectory() : path_("/tmp/conntrail-record-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Recorded::record(std::vector<std::string> more) {
  std::vector<std::string> arguments{"record", "--db", database(), "--netns", "self"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  recorder = std::make_unique<Tool>(std::move(arguments));
  ASSERT_TRUE(
      eventually([&] { return recorder->err().find("recording to ") != std::string::npos; }, seconds(10)))
      << recorder->err();
}

void Recorded::stop_recording(int signal) {
  const Finished finished = recorder->stop(signal);
  EXPECT_TRUE(finished.status == 0 || signal == SIGKILL) << finished.err;
}

Json Recorded::rows(const std::string& sql) const {
  const test::CommandResult result = test::run_command({"sqlite3", "-readonly", "-json", database(), sql});
  if (result.status != 0) throw std::runtime_error(sql + ": " + result.err);
  return result.out.empty() ? Json::array() : Json::parse(result.out);
}

Json Recorded::row_of(std::uint64_t cookie) const {
  const Json found = rows("SELECT * FROM connection WHERE cookie = " + std::to_string(cookie));
  EXPECT_LE(found.size(), 1U) << found;
  return found.empty() ? Json() : found.front();
}

std::int64_t Recorded::number(const std::string& sql) const {
  const Json found = rows(sql);
  return found.empty() ? 0 : found.front().begin().value().get<std::int64_t>();
}

bool Recorded::row_becomes(std::uint64_t cookie, const std::function<bool(const Json&)>& wanted,
                           Duration bound) const {
  return eventually(
      [&] {
        const Json row = row_of(cookie);
        return !row.is_null() && wanted(row);
      },
      bound);
}

Pair Recorded::one_connection(int listening) {
  const Pair pair = connect_again(client, server, listening);
  client.close(pair.client);
  server.read_end(pair.server);
  server.close(pair.server);
  return pair;
}

std::vector<std::string> Recorded::states(const Json& row) {
  std::vector<std::string> out;
  for (const Json& step : Json::parse(row["trail"].get<std::string>())) out.push_back(step["state"]);
  return out;
}

}  // namespace conntrail::live
