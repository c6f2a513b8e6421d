#include "conntrail/log/log_levels.h"

#include <gtest/gtest.h>

#include <array>

namespace conntrail::log {
namespace {

constexpr std::array<std::string_view, 3> kRooms{"session", "kernel", "libbpf"};

LogLevels levels(std::string_view text) {
  auto parsed = LogLevels::parse("--log-level", text, kRooms);
  if (!parsed) throw std::runtime_error(format_error(parsed.error()));
  return *parsed;
}

TEST(LogLevels, AllButDebugWhenNothingIsSaid) {
  EXPECT_TRUE(LogLevels().wants(MessageLevel::hint, "session"));
  EXPECT_FALSE(LogLevels().wants(MessageLevel::debug, "session"));
}

TEST(LogLevels, OneForAll) {
  EXPECT_TRUE(levels("debug").wants(MessageLevel::debug, "kernel"));
  EXPECT_TRUE(levels("info").wants(MessageLevel::note, "kernel"));
  EXPECT_FALSE(levels("info").wants(MessageLevel::debug, "kernel"));
  EXPECT_TRUE(levels("note").wants(MessageLevel::note, "kernel"));
  EXPECT_FALSE(levels("warning").wants(MessageLevel::note, "kernel"));
  EXPECT_TRUE(levels("warning").wants(MessageLevel::warning, "kernel"));
  EXPECT_FALSE(levels("error").wants(MessageLevel::warning, "kernel"));
  EXPECT_TRUE(levels("error").wants(MessageLevel::error, "kernel"));
}

TEST(LogLevels, ByRoom) {
  const LogLevels chosen = levels("warning, session=debug,kernel=error");
  EXPECT_TRUE(chosen.wants(MessageLevel::debug, "session"));
  EXPECT_FALSE(chosen.wants(MessageLevel::warning, "kernel"));
  EXPECT_TRUE(chosen.wants(MessageLevel::warning, "libbpf"));
  EXPECT_FALSE(chosen.wants(MessageLevel::note, "libbpf"));
  EXPECT_TRUE(levels("session=debug").wants(MessageLevel::note, "kernel"));
}

TEST(LogLevels, SaysWhatIsWrong) {
  for (const std::string_view text : {"loud", "", "info,", "session=", "session=debug=info"}) {
    const auto parsed = LogLevels::parse("CONNTRAIL_LOG", text, kRooms);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_NE(parsed.error().what.find("CONNTRAIL_LOG: "), std::string::npos);
  }
  const auto parsed = LogLevels::parse("--log-level", "sesion=debug", kRooms);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(format_error(parsed.error()),
            "--log-level: there is no room 'sesion' (there are session, kernel, libbpf)");
}

}  // namespace
}  // namespace conntrail::log
