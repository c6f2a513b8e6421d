#include "conntrail/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace conntrail {
namespace {

TEST(Result, kinds_of_errno) {
  const auto kind = [](int error) { return fail_errno("x", error).error().kind; };
  EXPECT_EQ(kind(EPERM), ErrorKind::not_permitted);
  EXPECT_EQ(kind(EACCES), ErrorKind::not_permitted);
  for (const int error : {ENOSYS, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT})
    EXPECT_EQ(kind(error), ErrorKind::unsupported) << error;
  for (const int error : {ENOENT, EINVAL, ENOMEM, EIO}) EXPECT_EQ(kind(error), ErrorKind::runtime) << error;
}

TEST(Result, errno_is_kept_with_its_text) {
  const Error error = fail_errno("cannot open f", ENOENT, "look").error();
  EXPECT_EQ(error.sys_errno, ENOENT);
  EXPECT_EQ(error.why, "No such file or directory");
  EXPECT_EQ(format_error(error), "cannot open f: No such file or directory (look)");
}

TEST(Result, kinds_of_the_makers) {
  EXPECT_EQ(fail("a").error().kind, ErrorKind::runtime);
  EXPECT_EQ(fail_usage("a").error().kind, ErrorKind::usage);
  EXPECT_EQ(fail_unsupported("a").error().kind, ErrorKind::unsupported);
}

TEST(Result, exit_codes) {
  EXPECT_EQ(exit_code(ErrorKind::runtime), 2);
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::not_permitted), 3);
  EXPECT_EQ(exit_code(ErrorKind::unsupported), 4);
}

TEST(Result, empty_parts_are_left_out) {
  EXPECT_EQ(format_error(fail("a").error()), "a");
  EXPECT_EQ(format_error(fail("a", "b").error()), "a: b");
  EXPECT_EQ(format_error(fail("a", "", "c").error()), "a (c)");
}

TEST(Result, control_characters_are_made_visible_but_lines_stay) {
  EXPECT_EQ(format_error(fail("a\033[31m", "b\x07\nc\r").error()), "a?[31m: b?\nc?");
}

}  // namespace
}  // namespace conntrail
