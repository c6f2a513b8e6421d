#include "log_writer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace conntrail::log {
namespace {

class Place final : public LogPlace {
 public:
  std::size_t take(std::string_view text) override {
    const std::size_t taken = std::min(room, text.size());
    out += text.substr(0, taken);
    room -= taken;
    return taken;
  }
  std::string out;
  std::size_t room = std::string::npos;
};

class Writing : public testing::Test {
 protected:
  Place place;
  LogWriter writer{place, [](std::uint64_t dropped) { return "dropped " + std::to_string(dropped) + "\n"; }};
};

TEST_F(Writing, WhatWaitedComesFirst) {
  writer.write("one\n");
  place.room = 0;
  writer.write("two\n");
  place.room = std::string::npos;
  writer.write("three\n");
  EXPECT_EQ(place.out, "one\ntwo\nthree\n");
}

TEST_F(Writing, WhatWaitedIsOfferedWithoutANewLine) {
  place.room = 0;
  writer.write("one\n");
  place.room = std::string::npos;
  writer.retry();
  EXPECT_EQ(place.out, "one\n");
}

TEST_F(Writing, ALineThatWasBegunIsFinished) {
  place.room = 2;
  writer.write("one\n");
  place.room = 1;
  writer.write("two\n");
  place.room = std::string::npos;
  writer.retry();
  EXPECT_EQ(place.out, "one\ntwo\n");
}

TEST_F(Writing, SaysHowManyWereDropped) {
  place.room = 0;
  const std::string line(1023, 'x');
  constexpr int kLines = 100;
  for (int i = 0; i < kLines; ++i) writer.write(line + "\n");
  EXPECT_EQ(writer.dropped(), 36U) << "64 KiB are kept";
  place.room = std::string::npos;
  writer.write("after\n");
  EXPECT_EQ(std::ranges::count(place.out, 'x'), 64 * 1023);
  EXPECT_EQ(place.out.substr(64 * 1024), "dropped 36\nafter\n");
  writer.write("more\n");
  EXPECT_TRUE(place.out.ends_with("after\nmore\n")) << "said once";
}

TEST_F(Writing, TheCountGoesOnWhereItCannotBeSaidYet) {
  place.room = 0;
  writer.write(std::string(LogWriter::kMostHeld, 'x'));
  writer.write("a\n");
  place.room = LogWriter::kMostHeld;
  writer.write("b\n");
  EXPECT_EQ(writer.dropped(), 2U);
  place.room = 4;  // a part of the line that says it
  writer.write("c\n");
  place.room = std::string::npos;
  writer.retry();
  EXPECT_EQ(place.out.substr(LogWriter::kMostHeld), "dropped 2\nc\n");
}

}  // namespace
}  // namespace conntrail::log
