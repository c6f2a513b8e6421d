#include "slot_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace conntrail::track {
namespace {

// Against a multimap, with few different hashes so that runs are long and wrap around.
TEST(SlotIndex, agrees_with_a_multimap) {
  std::mt19937_64 random(7);
  SlotIndex index;
  std::multimap<std::uint64_t, std::uint32_t> truth;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;
  std::uint32_t next = 0;
  for (int step = 0; step < 10'000; ++step) {
    if (entries.empty() || random() % 100 < 52) {
      const std::uint64_t hash = ((random() % 50) * 7 + 0xffffff00) << 32;
      index.insert(hash, next);
      truth.emplace(hash, next);
      entries.emplace_back(hash, next++);
    } else {
      const std::size_t i = random() % entries.size();
      const auto [hash, slot] = entries[i];
      index.erase(hash, slot);
      const auto range = truth.equal_range(hash);
      truth.erase(
          std::find_if(range.first, range.second, [&, s = slot](const auto& e) { return e.second == s; }));
      entries[i] = entries.back();
      entries.pop_back();
    }
    ASSERT_EQ(index.size(), truth.size());
    if (step % 50 != 0) continue;
    for (std::uint64_t k = 0; k < 50; ++k) {
      const std::uint64_t hash = (k * 7 + 0xffffff00) << 32;
      std::vector<std::uint32_t> found;
      index.find(hash, [&](std::uint32_t slot) {
        found.push_back(slot);
        return false;
      });
      std::vector<std::uint32_t> wanted;
      const auto range = truth.equal_range(hash);
      for (auto e = range.first; e != range.second; ++e) wanted.push_back(e->second);
      std::ranges::sort(found);
      std::ranges::sort(wanted);
      ASSERT_EQ(found, wanted);
    }
  }
}

TEST(SlotIndex, erasing_what_is_not_there_is_harmless) {
  SlotIndex index;
  index.erase(1, 1);
  index.insert(5ULL << 32, 1);
  index.erase(5ULL << 32, 2);
  EXPECT_EQ(index.size(), 1U);
  EXPECT_EQ(index.find(5ULL << 32, [](std::uint32_t) { return true; }), 1U);
  EXPECT_EQ(index.find(6ULL << 32, [](std::uint32_t) { return true; }), kNoSlot);
}

}  // namespace
}  // namespace conntrail::track
