#include "conntrail/session/time_wait_ledger.h"

namespace conntrail::session {

bool TimeWaitLedger::has_fewer(std::uint32_t netns, std::size_t kernels, std::size_t ours, bool sees_all) {
  const auto beyond = static_cast<std::int64_t>(kernels) - static_cast<std::int64_t>(ours);
  if (sees_all) return beyond < 0;
  const auto [known, is_new] = beyond_ours_.try_emplace(netns, beyond);
  const bool fewer = !is_new && beyond < known->second;
  known->second = beyond;
  return fewer;
}

}  // namespace conntrail::session
