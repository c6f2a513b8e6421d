// Evidence for owners: what counts, what replaces what, and what must never be believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "lives.h"

namespace conntrail::track::script {
namespace {

SocketHolder holder(std::uint64_t cookie, std::uint32_t pid, std::int32_t fd, std::string comm) {
  return {0, cookie, pid, fd, 1000, 5, std::move(comm)};
}

std::string owner_of(const Connection& c) {
  return c.owner.comm + "/" + std::to_string(c.owner.pid) + " " +
         std::string(owner_source_name(c.owner.source));
}

TEST(OwnerEvidence, softirq_task_is_nobody) {
  Stage stage;
  stage.play({Ev(kServer, listen, syn_recv).at(1), Ev(kServer, syn_recv, established).at(2),
              Ev(kServer, established, close_wait).at(3).running(kIdle)});
  EXPECT_EQ(owner_of(stage.get(13)), "/0 unknown");
  EXPECT_TRUE(stage.get(13).owner.has_uid) << "the socket's own user is known in any context";
  EXPECT_EQ(stage.get(13).owner.uid, 1000U);
}

// A reader of socket tables holds the lock for a moment and runs what came in meanwhile.
TEST(OwnerEvidence, lock_holder_of_a_passive_transition_is_nobody) {
  const Task reader{500, "conntrail", 0};
  Stage stage;
  stage.play({Ev(kServer, established, close_wait).at(3).by(reader).done().shut(1),
              Ev(kServer, close_wait, last_ack).at(5).by(kNginx).done().shut(3),
              Ev(kServer, last_ack, close).at(6).by(reader).done().dead().shut(3).final()});
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/200 close");
  Stage other;
  other.play({Ev(kServer, established, close_wait).at(3).by(reader).done().shut(1)});
  EXPECT_FALSE(other.get(13).owner.known());
  other.play({Ev(kClient, established, fin_wait1).at(1).by(kCurl).shut(3),
              Ev(kClient, fin_wait1, fin_wait2).at(2).by(reader).dead().shut(3),
              Ev(kClient, fin_wait2, close).at(3).by(reader).done().dead().shut(3).final()});
  EXPECT_EQ(owner_of(other.get(12)), "curl/100 close");
}

TEST(OwnerEvidence, kernel_threads_never_replace) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(200).by({77, "kworker/0:1-eve", 0}).shut(3)});
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
  stage.play({Ev(kClient, EventKind::destroy, fin_wait1, fin_wait1).at(300).by(kIdle)});
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
}

TEST(OwnerEvidence, close_replaces_connect_and_the_last_close_wins) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
  stage.play({Ev(kClient, established, fin_wait1).at(200).by(kCurl).shut(2),
              Ev(kClient, fin_wait1, fin_wait2).at(210).shut(2),
              Ev(kClient, fin_wait2, close).at(220).error(ECONNRESET).shut(3),
              Ev(kClient, EventKind::destroy, close, close).at(300).by(kWorker)});
  EXPECT_EQ(owner_of(stage.get(12)), "nginx-worker/201 close");
}

TEST(OwnerEvidence, disconnect_is_no_close) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, close).at(200).by(kWorker)});
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
}

TEST(OwnerEvidence, cgroup_and_user_come_with_the_process) {
  Stage stage;
  stage.play(connects(kClient, {100, "curl", 33}, 100));
  EXPECT_EQ(stage.get(12).owner.uid, 33U);
  EXPECT_EQ(stage.get(12).owner.cgroup_id, 1000U);
}

TEST(Holders, one_per_process_with_the_lowest_descriptor) {
  Stage stage;
  stage.look(scope(1, 2), {row(kClient, established)});
  const std::vector<SocketHolder> holders = {holder(12, 300, 9, "b"), holder(12, 100, 7, "a"),
                                             holder(12, 100, 4, "a"), holder(999, 1, 1, "x")};
  stage.tracker.apply(holders, true);
  EXPECT_THAT(stage.get(12).holders, testing::ElementsAre(Holder{100, 4, "a"}, Holder{300, 9, "b"}));
  EXPECT_EQ(owner_of(stage.get(12)), "a/100 fd") << "it existed before us: the first stands for all";
  stage.tracker.apply(std::vector<SocketHolder>{}, false);
  EXPECT_EQ(stage.get(12).holders.size(), 2U) << "an incomplete scan proves no absence";
  stage.tracker.apply(std::vector<SocketHolder>{}, true);
  EXPECT_TRUE(stage.get(12).holders.empty());
}

TEST(Holders, joined_by_inode_where_there_is_no_cookie) {
  Stage stage;
  stage.look(scope(1, 2), {row(kClient, established), row(kServer, established)});
  std::vector<SocketHolder> holders = {holder(0, 100, 4, "a"), holder(0, 101, 4, "nobody")};
  holders[0].inode = 5013;
  stage.tracker.apply(holders, true);
  EXPECT_EQ(owner_of(stage.get(13)), "a/100 fd");
  EXPECT_FALSE(stage.get(12).owner.known());
}

TEST(Holders, do_not_replace_better_evidence) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.tracker.apply(std::vector{holder(12, 300, 4, "b")}, true);
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
}

TEST(Holders, several_prove_an_inherited_name_wrong_but_give_none) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + is_accepted(kServer, 250));
  stage.tracker.apply(std::vector{holder(13, 301, 4, "b"), holder(13, 302, 4, "c")}, true);
  EXPECT_EQ(owner_of(stage.get(13)), "/0 unknown");
  Stage kept;
  kept.play(listens(kListener, kNginx, 1) + is_accepted(kServer, 250));
  kept.tracker.apply(std::vector{holder(13, 200, 4, "nginx"), holder(13, 302, 4, "c")}, true);
  EXPECT_EQ(owner_of(kept.get(13)), "nginx/200 inherited");
}

TEST(Holders, newer_scan_replaces_older) {
  Stage stage;
  stage.look(scope(1, 2), {row(kClient, established)});
  stage.tracker.apply(std::vector{holder(12, 301, 4, "b")}, true);
  stage.tracker.apply(std::vector{holder(12, 302, 4, "c")}, true);
  EXPECT_EQ(owner_of(stage.get(12)), "c/302 fd");
}

TEST(Holders, name_the_children_of_listeners_that_existed_before) {
  Stage stage;
  stage.look(scope(1, 2), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 200, 3, "nginx")}, true);
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/200 inherited");
}

}  // namespace
}  // namespace conntrail::track::script
