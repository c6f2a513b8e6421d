#include "message_fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace conntrail::log {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

class Folding : public testing::Test {
 protected:
  void say(std::string_view text, std::string_view room = "session") {
    fold.take({MessageLevel::note, room, text}, now, pass);
  }

  std::vector<std::string> passed;
  MessageFold::Pass pass = [this](const Message& message) {
    passed.push_back(std::string(message.room) + ": " + std::string(message.text));
  };
  MessageFold fold{5};
  MonoTime now{1'000'000'000'000};
};

TEST_F(Folding, CountsRepeatsUntilSomethingElseIsSaid) {
  for (int i = 0; i < 42; ++i) say("the disk is full");
  EXPECT_THAT(passed, ElementsAre("session: the disk is full"));
  say("the disk has room");
  EXPECT_THAT(passed, ElementsAre("session: the disk is full", "session: last message repeated 41 times",
                                  "session: the disk has room"));
}

TEST_F(Folding, ARepeatIsOfTheSameRoom) {
  say("a");
  say("a", "kernel");
  EXPECT_THAT(passed, ElementsAre("session: a", "kernel: a"));
}

TEST_F(Folding, RepeatsDoNotWaitForeverToBeSaid) {
  say("a");
  say("a");
  fold.settle(now + MessageFold::kSayRepeats - milliseconds(1), pass);
  EXPECT_THAT(passed, ElementsAre("session: a"));
  fold.settle(now + MessageFold::kSayRepeats, pass);
  EXPECT_THAT(passed, ElementsAre("session: a", "session: last message repeated once"));
  say("a");
  fold.finish(pass);
  EXPECT_EQ(passed.size(), 3U) << "the count begins anew";
}

TEST_F(Folding, BoundsWhatASecondHas) {
  for (int i = 0; i < 12; ++i) say(std::to_string(i));
  EXPECT_EQ(passed.size(), 5U);
  now = now + seconds(1);
  say("after");
  ASSERT_EQ(passed.size(), 7U);
  EXPECT_EQ(passed[5], "log: 7 messages were left out: more than 5 in a second");
  EXPECT_EQ(passed[6], "session: after");
}

TEST_F(Folding, WhatWasLeftOutIsSaidAlsoWhenNothingFollows) {
  for (int i = 0; i < 6; ++i) say(std::to_string(i));
  fold.settle(now + seconds(1), pass);
  EXPECT_EQ(passed.back(), "log: 1 messages were left out: more than 5 in a second");
}

TEST_F(Folding, EveryMessageIsShownOrCounted) {
  std::size_t said = 0;
  std::size_t counted = 0;
  const auto count = [&](const Message& message) {
    unsigned long number = 0;
    if (std::sscanf(std::string(message.text).c_str(), "last message repeated %lu", &number) == 1 ||
        std::sscanf(std::string(message.text).c_str(), "%lu messages were left out", &number) == 1)
      counted += number;
    else if (message.text == "last message repeated once")
      ++counted;
    else
      ++counted;
  };
  for (int i = 0; i < 1000; ++i) {
    now = now + milliseconds(i % 7 * 20);
    const std::string text = "text " + std::to_string(i * i % 3);
    fold.take({MessageLevel::note, "session", text}, now, count);
    ++said;
  }
  fold.finish(count);
  EXPECT_EQ(counted, said);
}

}  // namespace
}  // namespace conntrail::log
