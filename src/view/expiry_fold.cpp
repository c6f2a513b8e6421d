#include "conntrail/view/expiry_fold.h"

#include <algorithm>
#include <map>
#include <utility>

namespace conntrail::view {
namespace {

constexpr Nanoseconds kOneMoment = std::chrono::seconds(1);

// One that was killed or reused before its time has not expired, and is told as any other end.
bool is_older_expiry(const Transition& change) {
  const Connection* c = change.connection;
  if (c == nullptr || change.from != TcpState::time_wait || change.to != TcpState::close) return false;
  const bool from_before = c->existed_before && !c->closed.known();
  const bool in_time = c->time_wait_expires.known() && change.time + kOneMoment >= c->time_wait_expires;
  return from_before && in_time && change.evidence != Evidence::event;
}

using Place = std::pair<std::uint32_t, Endpoint>;

}  // namespace

bool ExpiryFold::take(const Transition& change) {
  if (!is_older_expiry(change)) return false;
  seconds_[change.time.ns / kOneMoment.count()].push_back(
      {change.time, change.connection->tuple, change.connection->netns_name});
  return true;
}

std::vector<FoldedExpiry> ExpiryFold::due(MonoTime now) {
  std::vector<FoldedExpiry> out;
  constexpr std::int64_t kWait = 2;  // to its end, and one more
  while (!seconds_.empty() && seconds_.begin()->first + kWait <= now.ns / kOneMoment.count()) {
    fold(seconds_.begin()->second, out);
    seconds_.erase(seconds_.begin());
  }
  return out;
}

std::vector<FoldedExpiry> ExpiryFold::rest() {
  std::vector<FoldedExpiry> out;
  for (auto& [second, kept] : seconds_) fold(kept, out);
  seconds_.clear();
  return out;
}

// Which end is the service's is not known of a time-wait socket: it is the one that most of them share.
void ExpiryFold::fold(std::vector<Kept>& second, std::vector<FoldedExpiry>& out) {
  std::map<Place, std::size_t> locals;
  std::map<Place, std::size_t> remotes;
  for (const Kept& one : second) {
    ++locals[{one.tuple.netns, one.tuple.local}];
    ++remotes[{one.tuple.netns, one.tuple.remote}];
  }
  std::map<std::pair<Place, bool>, std::size_t>
      lines;  // by place and whether it is this side's; index into `out`
  for (Kept& one : second) {
    const Place local{one.tuple.netns, one.tuple.local};
    const Place remote{one.tuple.netns, one.tuple.remote};
    const std::size_t at_local = locals.at(local);
    const std::size_t at_remote = remotes.at(remote);
    const bool shares_local = at_local > at_remote;
    const bool shares_remote = at_remote > at_local;
    if (!shares_local && !shares_remote) {
      out.push_back({one.time, one.tuple, 1, false, false, std::move(one.netns_name)});
      continue;
    }
    const auto [line, first] = lines.try_emplace({shares_local ? local : remote, shares_local}, out.size());
    if (first)
      out.push_back({one.time, one.tuple, 0, shares_local, shares_remote, std::move(one.netns_name)});
    FoldedExpiry& folded = out[line->second];
    ++folded.sockets;
    folded.time = std::max(folded.time, one.time);
  }
}

}  // namespace conntrail::view
