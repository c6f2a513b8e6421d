#include "conntrail/recorder/recorder_memory.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "conntrail/base/text.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/store/history.h"

namespace conntrail::recorder {
namespace {

// The recorder writes a sign of life every second, also when nothing happens.
constexpr Nanoseconds kFresh = std::chrono::seconds(5);

std::unexpected<Error> nobody_records(const std::string& path, std::string why) {
  return fail("no recorder's memory in " + printable(path), std::move(why), "start one: conntrail record");
}

}  // namespace

Result<std::vector<Connection>> recorder_memory(const std::string& named) {
  const std::string path = history_to_read(named);
  const auto reader = store::HistoryReader::open(path);
  if (!reader) return std::unexpected(reader.error());
  const auto runs = reader->runs();
  if (!runs) return std::unexpected(runs.error());
  const std::string boot = store::boot_id();
  if (runs->empty()) return nobody_records(path, "nobody has recorded yet");
  const store::Run& run = runs->back();
  if (run.boot_id != boot || run.clean_end) return nobody_records(path, "its recorder has ended");
  const std::int64_t now_ns = WallClock::measure().real_ns(mono_now());
  if (now_ns - run.clock.real_ns(run.last_commit) > kFresh.count())
    return nobody_records(path, "its recorder has not written for a while");
  auto living = reader->living(boot);
  if (!living) return std::unexpected(living.error());
  std::vector<Connection> connections;
  connections.reserve(living->size());
  for (store::HistoryRecord& record : *living) connections.push_back(std::move(record.connection));
  return connections;
}

Result<netstat::RecordedOwners> recorded_owners(const std::string& path) {
  const auto connections = recorder_memory(path);
  if (!connections) return std::unexpected(connections.error());
  using Table = std::unordered_map<std::uint64_t, netstat::RecordedOwner>;
  const auto table = std::make_shared<Table>();
  for (const Connection& connection : *connections) {
    // A listener's owner need not be the one that accepted: netstat has no way to say so.
    if (connection.owner.known() && connection.owner.source != OwnerSource::inherited)
      table->emplace(connection.cookie, netstat::RecordedOwner{connection.owner.pid, connection.owner.comm});
  }
  return [table](std::uint64_t cookie) -> std::optional<netstat::RecordedOwner> {
    const auto found = table->find(cookie);
    return found != table->end() ? std::optional(found->second) : std::nullopt;
  };
}

}  // namespace conntrail::recorder
