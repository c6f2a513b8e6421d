#include "capabilities.h"

#include <gtest/gtest.h>

namespace conntrail::kernel {
namespace {

constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

TEST(Capabilities, EffectiveSetOfStatusText) {
  EXPECT_EQ(parse_effective_capabilities("Name:\tx\nCapPrm:\t0000000000000001\nCapEff:\t000001fffeffffff\n"),
            0x000001fffeffffffU);
  EXPECT_EQ(parse_effective_capabilities("Name:\tx\n"), 0U);
  EXPECT_EQ(parse_effective_capabilities("CapEff:\tnonsense\n"), 0U);
  EXPECT_EQ(parse_effective_capabilities(""), 0U);
}

TEST(Capabilities, WhatTracingLacks) {
  EXPECT_EQ(missing_for_tracing(0), "CAP_BPF and CAP_PERFMON");
  EXPECT_EQ(missing_for_tracing(bit(39)), "CAP_PERFMON");
  EXPECT_EQ(missing_for_tracing(bit(38)), "CAP_BPF");
  EXPECT_EQ(missing_for_tracing(bit(38) | bit(39)), "");
  EXPECT_TRUE(may_trace(bit(21))) << "CAP_SYS_ADMIN includes both";
  EXPECT_FALSE(may_trace(bit(12)));
}

}  // namespace
}  // namespace conntrail::kernel
