#include "accept_queues.h"

#include "listener_history.h"

namespace conntrail::diagnose {
namespace {

bool may_wait(const Connection& c) {
  return has_no_process(c) && (c.state == TcpState::established || c.state == TcpState::close_wait);
}

}  // namespace

bool has_no_process(const Connection& c) {
  return c.direction != Direction::active && c.inode == 0 && c.holders.empty() &&
         c.owner.source <= OwnerSource::inherited;
}

AcceptQueues::AcceptQueues(const Evidence& evidence) {
  for (const ListenerHistory& listener : listener_histories(evidence))
    queues_[{listener.netns, {{}, listener.newest->local.port}}].length += listener.newest->accept_queue;
  for (const Connection* c : evidence.connections) {
    if (!may_wait(*c)) continue;
    const auto queue = queues_.find(local_port_of(*c));
    if (queue != queues_.end()) ++queue->second.candidates;
  }
}

bool AcceptQueues::hold(const Connection& connection) const {
  if (!may_wait(connection)) return false;
  const auto queue = queues_.find(local_port_of(connection));
  return queue != queues_.end() && queue->second.candidates <= queue->second.length;
}

}  // namespace conntrail::diagnose
