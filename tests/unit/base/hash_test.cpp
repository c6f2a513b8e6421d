#include "conntrail/base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <unordered_set>

namespace conntrail {
namespace {

TEST(Hash, the_order_and_the_number_of_values_count) {
  EXPECT_NE(combine_hash(kHashSeed, 1, 2), combine_hash(kHashSeed, 2, 1));
  EXPECT_NE(combine_hash(kHashSeed, 0), combine_hash(kHashSeed, 0, 0));
  EXPECT_EQ(combine_hash(kHashSeed, 1, 2), combine_hash(combine_hash(kHashSeed, 1), 2));
}

TEST(Hash, another_seed_makes_other_hashes) {
  EXPECT_NE(combine_hash(kHashSeed, 1, 2), combine_hash(kHashSeed + 1, 1, 2));
}

// Tables take some bits of the hash, SlotIndex those from 32 on: each half has to tell the keys apart.
TEST(Hash, every_bit_of_a_value_reaches_both_halves) {
  for (int bit = 0; bit < 64; ++bit) {
    int low = 0;
    int high = 0;
    constexpr int kTries = 64;
    std::uint64_t value = 1;
    for (int i = 0; i < kTries; ++i) {
      value = value * 6364136223846793005ULL + 1442695040888963407ULL;
      const std::uint64_t changed =
          combine_hash(kHashSeed, value, 7) ^ combine_hash(kHashSeed, value ^ (std::uint64_t{1} << bit), 7);
      low += std::popcount(static_cast<std::uint32_t>(changed));
      high += std::popcount(static_cast<std::uint32_t>(changed >> 32U));
    }
    EXPECT_GT(low, 10 * kTries) << "bit " << bit;
    EXPECT_GT(high, 10 * kTries) << "bit " << bit;
  }
}

TEST(Hash, halves_of_neighbouring_numbers_hardly_ever_meet) {
  constexpr std::uint64_t kCount = 100'000;
  std::unordered_set<std::uint32_t> low;
  std::unordered_set<std::uint32_t> high;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const std::uint64_t hash = combine_hash(kHashSeed, 1, i);
    low.insert(static_cast<std::uint32_t>(hash));
    high.insert(static_cast<std::uint32_t>(hash >> 32U));
  }
  // By chance a pair or two of 100 000 random numbers of 32 bits are the same.
  EXPECT_GT(low.size(), kCount - 100);
  EXPECT_GT(high.size(), kCount - 100);
}

}  // namespace
}  // namespace conntrail
