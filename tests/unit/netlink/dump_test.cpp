// A dump from the running kernel, without privilege: what it answers itself and what nobody answers.
#include "conntrail/netlink/dump.h"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "conntrail/base/unique_fd.h"

namespace conntrail::netlink {
namespace {

constexpr std::uint32_t kListenStates = 1U << 10U;

Result<Dump> ask(const inet_diag_req_v2& request) {
  return Dump::ask({.subsystem = Subsystem::sock_diag,
                    .type = SOCK_DIAG_BY_FAMILY,
                    .answer = SOCK_DIAG_BY_FAMILY,
                    .body = std::as_bytes(std::span(&request, 1)),
                    .what = "cannot ask"});
}

TEST(Dump, GivesWhatTheKernelHas) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);

  inet_diag_req_v2 request{};
  request.sdiag_family = AF_INET;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = kListenStates;
  auto dump = ask(request);
  ASSERT_TRUE(dump) << format_error(dump.error());
  int found = 0;
  while (const auto payload = dump->next()) {
    const auto row = copy_prefix<inet_diag_msg>(*payload);
    if (row.id.idiag_sport == address.sin_port && row.id.idiag_src[0] == address.sin_addr.s_addr) ++found;
  }
  EXPECT_EQ(found, 1);
  const auto end = dump->end();
  ASSERT_TRUE(end) << format_error(end.error());
  EXPECT_EQ(end->malformed, 0U);
  EXPECT_FALSE(dump->next()) << "after its end";
}

TEST(Dump, WhatNobodyAnswersIsUnsupported) {
  inet_diag_req_v2 request{};
  request.sdiag_family = AF_INET;
  request.sdiag_protocol = 253;  // for experiments (RFC 3692): no protocol of the kernel's
  auto dump = ask(request);
  ASSERT_TRUE(dump);
  EXPECT_FALSE(dump->next());
  const auto end = dump->end();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(end.error().sys_errno, EOPNOTSUPP);
  EXPECT_EQ(end.error().what, "cannot ask");
}

}  // namespace
}  // namespace conntrail::netlink
