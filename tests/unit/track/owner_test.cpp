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

// The kernel's side names no task where one with PF_KTHREAD acts.
TEST(OwnerEvidence, kernel_threads_never_replace) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.play({Ev(kClient, established, fin_wait1).at(200).by({0, "", 0}).shut(3)});
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
  stage.play({Ev(kClient, EventKind::destroy, fin_wait1, fin_wait1).at(300).by(kIdle)});
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
}

// A name is chosen by the process itself: any may call itself kworker.
TEST(OwnerEvidence, a_process_named_like_a_kernel_thread_is_a_process) {
  Stage stage;
  stage.play(connects(kClient, {77, "kworker/0:1", 0}, 100));
  EXPECT_EQ(owner_of(stage.get(12)), "kworker/0:1/77 connect");
  stage.play(closes_first(kClient, {78, "ksoftirqd/0", 0}, 300));
  EXPECT_EQ(owner_of(stage.get(12)), "ksoftirqd/0/78 close");
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

// What was read before the event proves nothing about it.
TEST(Holders, do_not_replace_newer_evidence) {
  Stage stage;
  stage.look(scope(20, 30), {});
  stage.play(connects(kClient, kCurl, 100));
  stage.tracker.apply(std::vector{holder(12, 300, 4, "b")}, true);
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
}

TEST(Holders, an_incomplete_look_disproves_nothing) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(300, 400), {row(kClient, established)});
  stage.tracker.apply(std::vector{holder(12, 300, 4, "b")}, false);
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect");
  EXPECT_TRUE(stage.get(12).marks.empty());
}

TEST(Holders, none_at_all_disprove_nothing) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.look(scope(300, 400), {row(kClient, established)});
  stage.tracker.apply(std::vector<SocketHolder>{}, true);
  EXPECT_EQ(owner_of(stage.get(12)), "curl/100 connect") << "as of an io_uring without descriptors";
}

// A daemon listens, forks to the background, and the process that called listen() ends.
TEST(Holders, who_holds_a_listener_now_replaces_who_called_listen) {
  Stage stage;
  stage.play(listens(kListener, {500, "haproxy", 0}, 1));
  stage.look(scope(100, 200), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 501, 5, "haproxy"), holder(7, 502, 5, "haproxy")}, true);
  EXPECT_EQ(owner_of(stage.get(7)), "haproxy/501 fd");
  ASSERT_EQ(stage.get(7).marks.size(), 1U) << "who opened it stays known";
  EXPECT_EQ(stage.get(7).marks[0], (Mark{MarkKind::owner, us(200), 500, 501}));
  stage.look(scope(300, 400), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 501, 5, "haproxy"), holder(7, 502, 5, "haproxy")}, true);
  EXPECT_EQ(owner_of(stage.get(7)), "haproxy/501 fd");
  EXPECT_EQ(stage.get(7).marks.size(), 1U);
}

TEST(Holders, who_holds_a_connection_now_replaces_who_called_connect) {
  Stage stage;
  stage.play(connects(kClient, {500, "ssh", 1000}, 100));
  stage.look(scope(300, 400), {row(kClient, established)});
  stage.tracker.apply(std::vector{holder(12, 501, 3, "ssh")}, true);
  EXPECT_EQ(owner_of(stage.get(12)), "ssh/501 fd");
}

// The tables are read first, what happened meanwhile is told then.
TEST(Holders, an_event_that_comes_late_is_older_than_the_look) {
  Stage stage;
  stage.look(scope(300, 400), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 501, 5, "haproxy")}, true);
  stage.play(listens(kListener, {500, "haproxy", 0}, 350));
  EXPECT_EQ(owner_of(stage.get(7)), "haproxy/501 fd");
  ASSERT_EQ(stage.get(7).marks.size(), 1U);
  EXPECT_EQ(stage.get(7).marks[0], (Mark{MarkKind::owner, us(350), 500, 501}));
}

TEST(Holders, tell_the_newer_name_and_user_of_the_same_process) {
  Stage stage;
  stage.play(connects(kClient, {100, "bash", 0}, 100));
  stage.look(scope(300, 400), {row(kClient, established)});
  stage.tracker.apply(std::vector{holder(12, 100, 3, "sleep")}, false);
  EXPECT_EQ(owner_of(stage.get(12)), "sleep/100 connect");
  EXPECT_EQ(stage.get(12).owner.uid, 1000U) << "setuid";
  EXPECT_TRUE(stage.get(12).marks.empty()) << "it is the same process";
}

TEST(Holders, a_moment_that_passed_makes_a_look_newer) {
  Stage stage;
  stage.play(listens(kListener, {500, "haproxy", 0}, 1));
  stage.tracker.advance(us(500));
  stage.tracker.apply(std::vector{holder(7, 501, 5, "haproxy")}, true);
  EXPECT_EQ(owner_of(stage.get(7)), "haproxy/501 fd");
}

// Asked for before its child is printed, and it does not hold the listener any more.
TEST(Holders, a_process_that_was_looked_for_in_vain_is_no_owner) {
  Stage stage;
  stage.play(listens(kListener, {500, "haproxy", 0}, 1));
  stage.tracker.apply(std::vector{holder(7, 0, -1, "")}, false);
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(owner_of(stage.get(13)), "/0 unknown");
}

TEST(Holders, of_subflows_are_found_by_the_inode_that_they_share) {
  const Socket second = socket(14, "127.0.0.2", 80, "127.0.0.1", 40001);
  std::vector<SocketRow> rows = {row(kServer, established), row(second, established)};
  for (SocketRow& subflow : rows) subflow.inode = 77;
  Stage stage;
  stage.look(scope(1, 2), rows);
  std::vector<SocketHolder> holders = {holder(99, 100, 4, "caddy")};  // the cookie of the MPTCP socket
  holders[0].inode = 77;
  stage.tracker.apply(holders, true);
  EXPECT_EQ(owner_of(stage.get(13)), "caddy/100 fd");
  EXPECT_EQ(owner_of(stage.get(14)), "caddy/100 fd");
}

TEST(Holders, with_cookies_find_rows_without) {
  SocketRow from_proc = row(kServer, established);
  from_proc.cookie = 0;
  SnapshotScope without = scope(1, 2);
  without.has_cookies = false;
  Stage stage;
  stage.look(without, {from_proc});
  std::vector<SocketHolder> holders = {holder(13, 100, 4, "caddy")};
  holders[0].inode = from_proc.inode;
  stage.tracker.apply(holders, true);
  std::vector<std::string> owners;
  stage.tracker.for_each([&](const Connection& c) { owners.push_back(owner_of(c)); });
  EXPECT_THAT(owners, testing::ElementsAre("caddy/100 fd"));
}

// nginx: master and workers hold the listener, and any of them may accept.
TEST(Programs, several_holders_of_one_name_give_it_to_the_children) {
  Stage stage;
  stage.look(scope(1, 2), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 200, 3, "nginx"), holder(7, 201, 3, "nginx")}, true);
  EXPECT_EQ(owner_of(stage.get(7)), "nginx/200 fd");
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/0 inherited");
  stage.play({Ev(kServer, established, fin_wait1).at(400).by({201, "nginx", 33}).shut(3)});
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/201 close");
  EXPECT_TRUE(stage.get(13).marks.empty());
}

TEST(Programs, several_holders_of_different_names_give_none) {
  Stage stage;
  stage.look(scope(1, 2), {row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(7, 1, 3, "systemd"), holder(7, 201, 3, "sshd")}, true);
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(owner_of(stage.get(13)), "/0 unknown");
}

TEST(Programs, listeners_that_share_a_port_give_the_name_they_share) {
  Stage stage;
  const Socket other = socket(8, "0.0.0.0", 80);
  stage.play(listens(kListener, {200, "haproxy", 0}, 1) + listens(other, {201, "haproxy", 0}, 2));
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(owner_of(stage.get(13)), "haproxy/0 inherited");
}

TEST(Programs, an_accepted_connection_of_several_holders_has_their_name) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + is_accepted(kServer, 250));
  stage.look(scope(300, 400), {row(kServer, established), row(kListener, listen)});
  stage.tracker.apply(std::vector{holder(13, 301, 4, "b"), holder(13, 302, 4, "b")}, true);
  EXPECT_EQ(owner_of(stage.get(13)), "b/0 inherited");
}

// Nobody has accepted it: a full socket that no inode belongs to, or a request.
TEST(Waiting, connections_have_the_owner_of_their_listener) {
  const Socket half_open = socket(14, "127.0.0.1", 80, "127.0.0.1", 40001);
  SocketRow waits = row(kServer, established);
  waits.inode = 0;
  SocketRow request = row(half_open, syn_recv);
  request.inode = 0;
  request.kind = SocketKind::request;
  Stage stage;
  stage.look(scope(1, 2), {row(kListener, listen), waits, request});
  stage.tracker.apply(std::vector{holder(7, 200, 3, "nginx")}, true);
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/200 inherited");
  EXPECT_EQ(owner_of(stage.get(14)), "nginx/200 inherited");
  // Handed over: the guess follows its listener.
  stage.look(scope(3, 4), {row(kListener, listen), waits, request});
  stage.tracker.apply(std::vector{holder(7, 201, 3, "nginx"), holder(7, 202, 3, "nginx")}, true);
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/0 inherited");
  EXPECT_TRUE(stage.get(13).marks.empty()) << "a guess is no owner";
}

TEST(Waiting, is_not_said_of_what_somebody_holds_or_has_closed) {
  const Socket orphan = socket(14, "127.0.0.1", 80, "127.0.0.1", 40001);
  SocketRow closed = row(orphan, last_ack);
  closed.inode = 0;
  Stage stage;
  stage.look(scope(1, 2), {row(kListener, listen), row(kServer, established), closed});
  stage.tracker.apply(std::vector{holder(7, 200, 3, "nginx")}, true);
  EXPECT_FALSE(stage.get(13).owner.named()) << "its holder was not found";
  EXPECT_FALSE(stage.get(14).owner.named());
}

// A program chooses the listener (sk_lookup): the one that the addresses show need not be it.
TEST(Steered, no_owner_is_guessed_by_address) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  Life life = is_accepted(kServer, 250);
  life.front().steered = true;
  stage.play(life);
  EXPECT_EQ(owner_of(stage.get(13)), "/0 unknown");
  Stage table;
  SocketRow waits = row(kServer, established);
  waits.inode = 0;
  SnapshotScope steered = scope(1, 2);
  steered.steered = {kNetns};
  table.look(steered, {row(kListener, listen), waits});
  table.tracker.apply(std::vector{holder(7, 200, 3, "nginx")}, true);
  EXPECT_FALSE(table.get(13).owner.named());
}

TEST(Steered, the_listener_that_the_kernel_names_is_known) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  Life life = is_accepted_incomplete(kServer, kListener, 250);
  life.front().steered = true;
  stage.play(life);
  EXPECT_EQ(owner_of(stage.get(13)), "nginx/200 inherited");
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
