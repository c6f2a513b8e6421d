// Waiting for events: quick when it is quiet, cheap when nothing happens, batched under load.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "collector.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::test {
namespace {

using namespace std::chrono_literals;

TEST(Wait, AnEventAfterAQuietTimeArrivesAtOnce) {
  const PrivateNamespace net;
  Collector collector(net.inode());
  std::atomic<bool> stop = false;
  std::vector<Nanoseconds> latencies;
  std::thread reader([&] {
    while (!stop) {
      (void)collector.stream().poll(10s, -1, [&](const SocketEvent& event) {
        if (event.to == TcpState::listen) latencies.push_back(mono_now() - event.time);
        stop = latencies.size() == 20;
      });
    }
  });
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(170ms);  // long enough for the reader to block
    const UniqueFd listener = listen_at_loopback();
  }
  reader.join();
  ASSERT_EQ(latencies.size(), 20U);
  std::sort(latencies.begin(), latencies.end());
  // The worst one of twenty is left to a busy machine's scheduler.
  EXPECT_LT(latencies[18], 50ms);
}

TEST(Wait, NothingWakesUpTheReaderWhenNothingHappens) {
  const PrivateNamespace net;
  Collector collector(net.inode());
  collector.settle(300ms);
  rusage before{};
  rusage after{};
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &before), 0);
  const auto got = collector.stream().poll(1500ms, -1, [](const SocketEvent&) {});
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &after), 0);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 0U);
  EXPECT_LE(after.ru_nvcsw - before.ru_nvcsw, 3) << "one sleep, not one per millisecond";
}

TEST(Wait, UnderLoadTheReaderSleepsBetweenBatches) {
  const PrivateNamespace net;
  const UniqueFd listener = listen_at_loopback();
  const auto port = local_port(listener.get());
  Collector collector(net.inode());
  std::atomic<bool> stop = false;
  std::uint64_t received = 0;
  std::uint64_t polls = 0;
  std::thread reader([&] {
    while (!stop) {
      const auto got = collector.stream().poll(50ms, -1, [](const SocketEvent&) {});
      if (!got) break;
      received += *got;
      ++polls;
    }
  });
  const MonoTime end = mono_now() + 1s;
  while (mono_now() < end) {
    UniqueFd client = connected(Flavour::inet, port);
    const UniqueFd server = accept_from(listener.get());
    linger_zero(client.get());
  }
  stop = true;
  reader.join();
  EXPECT_GT(received, 1000U);
  EXPECT_LT(polls, 1000U) << "a pause of some milliseconds after each batch";
}

TEST(Wait, ADescriptorOfTheCallerEndsIt) {
  const PrivateNamespace net;
  Collector collector(net.inode());
  collector.settle(200ms);
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(::eventfd_write(wake.get(), 1), 0);
  });
  const MonoTime before = mono_now();
  const auto got = collector.stream().poll(20s, wake.get(), [](const SocketEvent&) {});
  other.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 0U);
  EXPECT_LT(mono_now() - before, 5s);
}

TEST(Wait, TheTimeoutIsKept) {
  const PrivateNamespace net;
  Collector collector(net.inode());
  for (const auto timeout : {0ms, 30ms, 250ms}) {
    const MonoTime before = mono_now();
    ASSERT_TRUE(collector.stream().poll(timeout, -1, [](const SocketEvent&) {}));
    const Nanoseconds took = mono_now() - before;
    EXPECT_GE(took, timeout - 1ms);
    EXPECT_LT(took, timeout + 200ms);
  }
}

}  // namespace
}  // namespace conntrail::test
