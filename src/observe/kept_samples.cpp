#include "kept_samples.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace conntrail::observe {

void keep_samples(std::vector<HostSample>& kept, std::vector<HostSample> more, std::size_t most) {
  std::ranges::move(more, std::back_inserter(kept));
  if (kept.size() <= most) return;
  std::unordered_map<std::uint32_t, std::size_t> first;
  std::unordered_map<std::uint32_t, std::size_t> last;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    first.try_emplace(kept[i].netns, i);
    last[kept[i].netns] = i;
  }
  // Alternates within a namespace: samples of several namespaces come one after the other.
  std::unordered_map<std::uint32_t, bool> drop;
  std::vector<HostSample> thinned;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::uint32_t netns = kept[i].netns;
    const bool inner = i != first[netns] && i != last[netns];
    if (inner) {
      bool& turn = drop[netns];
      turn = !turn;
      if (turn) continue;
    }
    thinned.push_back(std::move(kept[i]));
  }
  kept = std::move(thinned);
}

}  // namespace conntrail::observe
