#include "program_groups.h"

#include <tuple>

#include "process_tally.h"

namespace conntrail::diagnose {

void ProgramGroups::add(const Connection& connection, bool serves) {
  const ProcessName process = process_of(connection);
  const auto [found, is_new] = by_process_.try_emplace({process.comm, process.pid}, parents_.size());
  if (is_new) parents_.push_back(parents_.size());
  const Service service(process.comm, serves ? connection.tuple.netns : 0, serves,
                        serves ? connection.tuple.local.port : std::uint16_t{0});
  const auto [other, is_first] = by_service_.try_emplace(service, found->second);
  if (!is_first) parents_[root(found->second)] = root(other->second);
}

std::size_t ProgramGroups::group_of(const Connection& connection) {
  const ProcessName process = process_of(connection);
  return root(by_process_.at({process.comm, process.pid}));
}

std::size_t ProgramGroups::root(std::size_t group) {
  while (parents_[group] != group) {
    parents_[group] = parents_[parents_[group]];
    group = parents_[group];
  }
  return group;
}

}  // namespace conntrail::diagnose
