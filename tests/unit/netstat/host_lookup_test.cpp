// Lookups with a resolver of the test: at the same time, each once, bounded in time.
#include "names/host_lookup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace conntrail::netstat {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

HostKey key(int number) {
  return {.address = IpAddress::v4(
              {10, 0, static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number % 256)})};
}

TEST(HostLookup, EachAddressIsAskedOnce) {
  auto calls = std::make_shared<std::atomic<int>>(0);
  HostLookup lookup(
      [calls](const HostKey& k) {
        ++*calls;
        return HostAnswer{"host-" + std::to_string(k.address.bytes[3]), true};
      },
      milliseconds(5000));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) lookup.want(key(i));
    lookup.resolve();
  }
  EXPECT_EQ(*calls, 100);
  EXPECT_EQ(lookup.name(key(7)), "host-7");
  EXPECT_EQ(lookup.name(key(200)), "");
}

TEST(HostLookup, LookupsRunAtTheSameTime) {
  HostLookup lookup(
      [](const HostKey&) {
        std::this_thread::sleep_for(milliseconds(50));
        return HostAnswer{"x", true};
      },
      milliseconds(5000));
  for (int i = 0; i < 64; ++i) lookup.want(key(i));
  const auto start = steady_clock::now();
  lookup.resolve();
  EXPECT_LT(steady_clock::now() - start, milliseconds(1000));  // one after the other: 3200
  EXPECT_EQ(lookup.name(key(63)), "x");
}

TEST(HostLookup, GivesUpWhenNothingIsAnswered) {
  HostLookup lookup(
      [](const HostKey&) {
        std::this_thread::sleep_for(milliseconds(400));
        return HostAnswer{"late", false};
      },
      milliseconds(100));
  for (int i = 0; i < 1000; ++i) lookup.want(key(i));
  const auto start = steady_clock::now();
  lookup.resolve();
  EXPECT_LT(steady_clock::now() - start, milliseconds(300));
  EXPECT_EQ(lookup.name(key(0)), "");
}

TEST(HostLookup, GoesOnAsLongAsAnswersCome) {
  // 640 lookups of 20 ms, 64 at a time: longer in all than the patience for one.
  HostLookup lookup(
      [](const HostKey&) {
        std::this_thread::sleep_for(milliseconds(20));
        return HostAnswer{"x", true};
      },
      milliseconds(120));
  for (int i = 0; i < 640; ++i) lookup.want(key(i));
  lookup.resolve();
  for (int i = 0; i < 640; ++i) EXPECT_EQ(lookup.name(key(i)), "x") << i;
}

TEST(HostLookup, KnownAddressesDoNotWaitBehindOthers) {
  HostLookup lookup(
      [](const HostKey& k) {
        if (k.address.bytes[0] == 127) return HostAnswer{"localhost", true};
        std::this_thread::sleep_for(milliseconds(500));
        return HostAnswer{"", false};
      },
      milliseconds(100));
  for (int i = 0; i < 500; ++i) lookup.want(key(i));
  const HostKey local{.address = IpAddress::v4({127, 0, 0, 1})};
  lookup.want(local, true);
  lookup.resolve();
  EXPECT_EQ(lookup.name(local), "localhost");
}

TEST(HostLookup, WhatHasNoNameYetIsAskedForAllAtOnce) {
  std::vector<std::size_t> asked;
  HostLookup lookup(
      [](const HostKey& k) {
        return HostAnswer{k.address.bytes[3] % 2 == 0 ? "local" : "", true};
      },
      milliseconds(5000),
      [&asked](std::span<const HostKey> keys, milliseconds) {
        asked.push_back(keys.size());
        HostAnswers answers;
        for (const HostKey& k : keys) answers.answers.emplace_back(k, HostAnswer{"remote", true});
        return answers;
      });
  for (int i = 0; i < 100; ++i) lookup.want(key(i));
  const HostKey network{.address = IpAddress::v4({10, 0, 0, 1}), .network = true};
  lookup.want(network);
  lookup.resolve();
  lookup.resolve();
  EXPECT_EQ(asked, std::vector<std::size_t>{50});
  EXPECT_EQ(lookup.name(key(2)), "local");
  EXPECT_EQ(lookup.name(key(3)), "remote");
  EXPECT_EQ(lookup.name(network), "");
}

TEST(HostLookup, AfterAnUnansweredRoundLessPatienceIsLeft) {
  std::vector<milliseconds> patience;
  HostLookup lookup([](const HostKey&) { return HostAnswer{}; }, milliseconds(5000),
                    [&patience](std::span<const HostKey>, milliseconds left) {
                      patience.push_back(left);
                      return HostAnswers{{}, false};
                    });
  for (int i = 0; i < 2; ++i) {
    lookup.want(key(i));
    lookup.resolve();
  }
  ASSERT_EQ(patience.size(), 2U);
  EXPECT_EQ(patience[0], milliseconds(5000));
  EXPECT_LT(patience[1], milliseconds(500));
}

TEST(HostLookup, NamesAreMadePrintable) {
  HostLookup lookup(
      [](const HostKey&) {
        return HostAnswer{"evil\x1b[2J" + std::string(200, 'x'), true};
      },
      milliseconds(1000));
  lookup.want(key(1));
  lookup.resolve();
  EXPECT_TRUE(lookup.name(key(1)).starts_with("evil?[2J"));
  EXPECT_EQ(lookup.name(key(1)).size(), 127U);
}

TEST(HostsFile, AddressesAreFoundWithTheirMappedForm) {
  const std::string path = testing::TempDir() + "conntrail_hosts_" + std::to_string(::getpid());
  std::ofstream(path) << "# comment\n127.0.0.1 localhost # here\n10.1.2.3\nfd00::1 six\nnonsense x\n"
                      << std::flush;
  const HostKeys keys = addresses_in_hosts_file(path.c_str());
  std::filesystem::remove(path);
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_TRUE(keys.contains({.address = IpAddress::v4({127, 0, 0, 1})}));
  EXPECT_TRUE(
      keys.contains({.address = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1})}));
  EXPECT_TRUE(addresses_in_hosts_file("/no/such/file").empty());
}

}  // namespace
}  // namespace conntrail::netstat
