// The words that records, JSON and filters share for owners, directions and ends.
#include <gtest/gtest.h>

#include "conntrail/model/connection.h"
#include "conntrail/model/owner.h"
#include "conntrail/model/socket_event.h"

namespace conntrail {
namespace {

TEST(Names, owner_source) {
  EXPECT_EQ(owner_source_name(OwnerSource::connect), "connect");
  EXPECT_EQ(owner_source_name(OwnerSource::listen), "listen");
  EXPECT_EQ(owner_source_name(OwnerSource::accept), "accept");
  EXPECT_EQ(owner_source_name(OwnerSource::close), "close");
  EXPECT_EQ(owner_source_name(OwnerSource::fd), "fd");
  EXPECT_EQ(owner_source_name(OwnerSource::inherited), "inherited");
  EXPECT_EQ(owner_source_name(OwnerSource::unknown), "unknown");
  EXPECT_EQ(owner_source_name(static_cast<OwnerSource>(200)), "unknown");
}

TEST(Names, the_order_of_sources_is_the_order_of_trust) {
  EXPECT_LT(OwnerSource::unknown, OwnerSource::inherited);
  EXPECT_LT(OwnerSource::inherited, OwnerSource::fd);
  EXPECT_LT(OwnerSource::fd, OwnerSource::accept);
  EXPECT_LT(OwnerSource::accept, OwnerSource::close);
}

TEST(Names, direction_and_closed_first) {
  EXPECT_EQ(direction_name(Direction::active), "active");
  EXPECT_EQ(direction_name(Direction::passive), "passive");
  EXPECT_EQ(direction_name(Direction::unknown), "unknown");
  EXPECT_EQ(closed_first_name(ClosedFirst::local), "local");
  EXPECT_EQ(closed_first_name(ClosedFirst::remote), "remote");
  EXPECT_EQ(closed_first_name(ClosedFirst::both), "both");
  EXPECT_EQ(closed_first_name(ClosedFirst::none), "none");
}

TEST(Names, mark_kind) {
  EXPECT_EQ(mark_kind_name(MarkKind::retransmit), "retransmit");
  EXPECT_EQ(mark_kind_name(MarkKind::syn_retransmit), "syn_retransmit");
  EXPECT_EQ(mark_kind_name(MarkKind::reset_sent), "reset_sent");
  EXPECT_EQ(mark_kind_name(MarkKind::reset_received), "reset_received");
  EXPECT_EQ(mark_kind_name(MarkKind::owner), "owner");
  EXPECT_EQ(mark_kind_name(static_cast<MarkKind>(200)), "unknown");
}

TEST(Names, end_reason) {
  EXPECT_EQ(end_reason_name(EndReason::normal), "normal");
  EXPECT_EQ(end_reason_name(EndReason::refused), "refused");
  EXPECT_EQ(end_reason_name(EndReason::timeout), "timeout");
  EXPECT_EQ(end_reason_name(EndReason::reset_by_peer), "reset_by_peer");
  EXPECT_EQ(end_reason_name(EndReason::reset_by_local), "reset_by_local");
  EXPECT_EQ(end_reason_name(EndReason::aborted), "aborted");
  EXPECT_EQ(end_reason_name(EndReason::unreachable), "unreachable");
  EXPECT_EQ(end_reason_name(EndReason::killed), "killed");
  EXPECT_EQ(end_reason_name(EndReason::unknown), "unknown");
}

TEST(Owner, is_known_by_its_process) {
  Owner owner;
  EXPECT_FALSE(owner.known());
  owner.uid = 33;
  owner.has_uid = true;
  EXPECT_FALSE(owner.known());
  owner.pid = 1;
  EXPECT_TRUE(owner.known());
}

TEST(SocketEvent, comm_ends_at_nul_or_after_16_bytes) {
  SocketEvent event;
  EXPECT_EQ(event.comm(), "");
  event.task_comm = {'s', 's', 'h', '\0', 'x'};
  EXPECT_EQ(event.comm(), "ssh");
  event.task_comm.fill('a');
  EXPECT_EQ(event.comm().size(), 16U);
}

}  // namespace
}  // namespace conntrail
