// Receiving ahead: every datagram once and in order, with and without the thread, and no thread left behind.
// A pair of UNIX datagram sockets stands for netlink.
#include "receiver.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <thread>

#include "conntrail/base/unique_fd.h"
#include "netlink_message.h"

namespace conntrail::test {
namespace {

constexpr netlink::AnswerKey kKey{.sequence = 1, .port = 0, .type = SOCK_DIAG_BY_FAMILY};

class ReceiverTest : public testing::TestWithParam<int> {
 protected:
  ReceiverTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    kernel_.reset(ends[0]);
    reader_.reset(ends[1]);
  }

  void send(const Buffer& bytes) const {
    ASSERT_EQ(::send(kernel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  UniqueFd kernel_;
  UniqueFd reader_;
};

TEST_P(ReceiverTest, GivesEveryDatagramInOrder) {
  const int count = GetParam();
  const std::jthread kernel([&] {
    for (int i = 0; i < count; ++i) send(message(SOCK_DIAG_BY_FAMILY, payload_of(i)));
    send(message(NLMSG_DONE, payload_of(0)));
  });
  netlink::Receiver receiver(reader_.get(), kKey);
  for (int i = 0; i < count; ++i) {
    const auto datagram = receiver.next();
    ASSERT_EQ(datagram.error, 0);
    const Buffer expected = message(SOCK_DIAG_BY_FAMILY, payload_of(i));
    ASSERT_TRUE(std::ranges::equal(datagram.bytes, expected)) << i;
  }
  EXPECT_EQ(receiver.next().bytes.size(), message(NLMSG_DONE, payload_of(0)).size());
}

// The decoder gives up in the middle: the thread must not wait for it for ever.
TEST_P(ReceiverTest, EndsWhenItsReaderDoes) {
  const int count = GetParam();
  const timeval soon{.tv_sec = 0, .tv_usec = 100000};
  ASSERT_EQ(::setsockopt(reader_.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
  const std::jthread kernel([&] {
    const Buffer bytes = message(SOCK_DIAG_BY_FAMILY, payload_of(0));
    // Nobody reads the rest: then sending fails.
    for (int i = 0; i < count; ++i) {
      if (::send(kernel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
    }
  });
  {
    netlink::Receiver receiver(reader_.get(), kKey);
    for (int i = 0; i < count / 2; ++i) EXPECT_EQ(receiver.next().error, 0);
  }
  reader_.reset();
}

INSTANTIATE_TEST_SUITE_P(Counts, ReceiverTest, testing::Values(0, 1, 3, 4, 5, 6, 19, 20, 21, 500));

}  // namespace
}  // namespace conntrail::test
