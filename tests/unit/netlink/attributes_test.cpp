// Attributes, whole and torn.
#include "conntrail/netlink/attributes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "netlink_message.h"

namespace conntrail::netlink {
namespace {

using test::append_attribute;
using test::Buffer;

// Type and length of each.
using Seen = std::vector<std::pair<int, std::size_t>>;

Seen seen_in(Bytes bytes) {
  Seen seen;
  for_each_attribute(bytes, [&seen](int type, Bytes value) { seen.emplace_back(type, value.size()); });
  return seen;
}

Buffer three() {
  Buffer bytes;
  const std::uint64_t number = 0x0102030405060708;
  append_attribute(bytes, 1, &number, 1);
  append_attribute(bytes, 2 | NLA_F_NESTED | NLA_F_NET_BYTEORDER, &number, 8);
  append_attribute(bytes, 3, nullptr, 0);
  return bytes;
}

TEST(Attributes, EachWithItsValueAndWithoutTheFlagsOfItsType) {
  EXPECT_EQ(seen_in(three()), (Seen{{1, 1}, {2, 8}, {3, 0}}));
  EXPECT_EQ(seen_in({}), Seen{});
  Buffer bytes;
  const std::uint32_t number = 7;
  append_attribute(bytes, 1, &number, sizeof number);
  for_each_attribute(bytes, [](int, Bytes value) { EXPECT_EQ(copy_prefix<std::uint32_t>(value), 7U); });
}

// The kernel pads every attribute but need not pad the last.
TEST(Attributes, TheLastMayBeWithoutPadding) {
  Buffer bytes;
  const std::uint8_t number = 7;
  append_attribute(bytes, 1, &number, sizeof number);
  bytes.resize(sizeof(nlattr) + 1);
  EXPECT_EQ(seen_in(bytes), (Seen{{1, 1}}));
}

TEST(Attributes, EndAtATornOne) {
  const Buffer whole = three();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const Seen expected{{1, 1}, {2, 8}, {3, 0}};
    // An attribute of one octet ends before its padding.
    const std::size_t complete = length >= 20 ? 2U : (length >= 5 ? 1U : 0U);
    EXPECT_EQ(seen_in(cut), Seen(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(complete)))
        << length;
  }
  for (const std::uint16_t length : {std::uint16_t{0}, std::uint16_t{3}, std::uint16_t{0xffff}}) {
    Buffer bytes = three();
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_EQ(seen_in(bytes), Seen{}) << length;
  }
}

TEST(Behind, WhatFollowsAFixedPart) {
  const Buffer bytes(10);
  EXPECT_EQ(behind(bytes, 4).size(), 6U);
  EXPECT_EQ(behind(bytes, 5).data(), bytes.data() + 8);  // padded to a multiple of four
  EXPECT_TRUE(behind(bytes, 9).empty());
  EXPECT_TRUE(behind({}, 4).empty());
}

}  // namespace
}  // namespace conntrail::netlink
