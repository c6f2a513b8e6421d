// Accepted connections: where they come from, and never a wrong name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lives.h"

namespace conntrail::track::script {
namespace {

using testing::ElementsAre;

const Task kOther{300, "other"};

SocketEvent fork_of(const Task& task) {
  SocketEvent event = Ev(Socket{}, EventKind::fork, unknown, unknown).at(50).running(task);
  event.child_pid = kWorker.pid;
  return event;
}

TEST(Passive, before_6_15_the_clone_is_tied_by_its_address) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + is_accepted_incomplete(kServer, kListener, 250));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @250 [nginx/200 inherited]",
                                              "SYN_RECV > ESTABLISHED @260 after 10 [nginx/200 inherited]"));
  EXPECT_THAT(stage.diary.of(7), ElementsAre("CLOSE > LISTEN @1 [nginx/200 listen]"));
  EXPECT_EQ(stage.get(13).direction, Direction::passive);
  EXPECT_EQ(stage.get(13).opened, us(250));
  EXPECT_EQ(stage.get(7).state, listen);
  EXPECT_EQ(stage.get(7).trail.size(), 1U);
}

// Among SO_REUSEPORT listeners the clone event names the exact one.
TEST(Passive, before_6_15_the_listener_is_exact) {
  Stage stage;
  const Socket second = socket(8, "0.0.0.0", 80);
  stage.play(listens(kListener, kNginx, 1) + listens(second, kOther, 2) +
             is_accepted_incomplete(kServer, second, 250));
  EXPECT_EQ(stage.get(13).owner.pid, kOther.pid);
}

TEST(Passive, before_6_15_a_clone_that_dies_young) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  stage.play({Ev(kServer, listen, syn_recv).at(250).incomplete_clone_of(kListener),
              Ev(kServer, syn_recv, close).at(255).final()});
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @250 [nginx/200 inherited]",
                                              "SYN_RECV > CLOSE @255 after 5 [nginx/200 inherited]",
                                              "end aborted, first local [nginx/200 inherited]"));
}

TEST(Passive, before_6_15_a_recycled_address_is_another_socket) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  stage.play({Ev(kServer, listen, syn_recv).at(250).incomplete_clone_of(kListener)});
  stage.tracker.apply_loss(10, us(251), us(300));
  stage.play({Ev(kServer, syn_recv, established).at(400)});
  EXPECT_FALSE(stage.get(13).opened.known()) << "the clone at that address may have been another";
  EXPECT_TRUE(stage.get(13).gap);
}

TEST(Passive, clone_event_of_an_unknown_listener) {
  Stage stage;
  stage.play(is_accepted_incomplete(kServer, kListener, 250));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @250 [- unknown]",
                                              "SYN_RECV > ESTABLISHED @260 after 10 [- unknown]"));
  EXPECT_EQ(stage.count(7), 0U);
}

TEST(Passive, loopback_order_client_before_server) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + connects(kClient, kCurl, 100) + is_accepted(kServer, 210));
  EXPECT_EQ(stage.get(12).owner.pid, kCurl.pid);
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
  EXPECT_EQ(stage.get(12).direction, Direction::active);
}

TEST(Passive, reuseport_workers_stay_open_until_close) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + listens(socket(8, "0.0.0.0", 80), kWorker, 2) +
             is_accepted(kServer, 250) + closes_second(kServer, kWorker, 1000, 2000));
  EXPECT_THAT(
      stage.diary.of(13),
      ElementsAre("LISTEN > SYN_RECV @250 [- unknown]", "SYN_RECV > ESTABLISHED @260 after 10 [- unknown]",
                  "ESTABLISHED > CLOSE_WAIT @1000 after 740 [- unknown]",
                  "CLOSE_WAIT > LAST_ACK @2000 after 1000 [nginx-worker/201 close]",
                  "LAST_ACK > CLOSE @2020 after 20 [nginx-worker/201 close]",
                  "end normal, first remote [nginx-worker/201 close]"));
}

TEST(Passive, reuseport_listeners_of_one_process_agree) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + listens(socket(8, "0.0.0.0", 80), kNginx, 2) +
             is_accepted(kServer, 250));
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
}

TEST(Passive, one_reuseport_listener_left_names_its_owner) {
  Stage stage;
  const Socket second = socket(8, "0.0.0.0", 80);
  stage.play(listens(kListener, kNginx, 1) + listens(second, kWorker, 2));
  stage.play({Ev(second, listen, close).at(100).by(kWorker).shut(3).final()});
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
}

TEST(Passive, specific_address_before_wildcard) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + listens(socket(8, "127.0.0.1", 80), kOther, 2) +
             is_accepted(kServer, 250) + is_accepted(socket(14, "10.0.0.1", 80, "10.0.0.2", 4000), 300));
  EXPECT_EQ(stage.get(13).owner.pid, kOther.pid);
  EXPECT_EQ(stage.get(14).owner.pid, kNginx.pid);
}

TEST(Passive, families_and_dual_stack) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + listens(socket(8, "::", 80), kOther, 2));
  stage.play(is_accepted(kServer, 250));
  stage.play(is_accepted(socket(14, "::1", 80, "::1", 4000), 300));
  stage.play(is_accepted(socket(15, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4001), 350));
  EXPECT_EQ(stage.get(13).owner.pid, kNginx.pid);
  EXPECT_EQ(stage.get(14).owner.pid, kOther.pid);
  EXPECT_EQ(stage.get(15).owner.pid, kOther.pid)
      << "an inet6 socket has an inet6 listener, whatever its addresses";
}

TEST(Passive, mapped_listener_does_not_serve_ipv6) {
  Stage stage;
  stage.play(listens(socket(8, "::ffff:0.0.0.0", 80), kOther, 2));
  stage.play(is_accepted(socket(14, "::1", 80, "::1", 4000), 300));
  stage.play(is_accepted(socket(15, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4001), 350));
  EXPECT_FALSE(stage.get(14).owner.known());
  EXPECT_EQ(stage.get(15).owner.pid, kOther.pid);
}

TEST(Passive, other_port_or_namespace_is_another_listener) {
  Stage stage;
  Socket elsewhere = socket(8, "0.0.0.0", 80);
  elsewhere.tuple.netns = kNetns + 1;
  stage.play(listens(elsewhere, kOther, 1) + listens(socket(9, "0.0.0.0", 81), kNginx, 2) +
             is_accepted(kServer, 250));
  EXPECT_FALSE(stage.get(13).owner.known());
}

// A pre-fork server: the listener is held by several, so its children are nobody's until one closes.
TEST(Passive, shared_listener_names_nobody) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1));
  const std::vector<SocketHolder> holders = {{0, 7, 200, 5, 0, 0, "nginx"},
                                             {0, 7, 201, 5, 0, 0, "nginx-worker"}};
  stage.tracker.apply(holders, true);
  EXPECT_EQ(stage.get(7).holders.size(), 2U);
  EXPECT_EQ(stage.get(7).owner.source, OwnerSource::listen);
  stage.play(is_accepted(kServer, 250) + closes_first(kServer, kWorker, 1000));
  EXPECT_EQ(stage.diary.of(13).front(), "LISTEN > SYN_RECV @250 [- unknown]");
  EXPECT_EQ(stage.diary.of(13).back(), "FIN_WAIT1 > FIN_WAIT2 @1020 after 20 [nginx-worker/201 close]");
}

TEST(Passive, listener_of_a_process_that_forked_names_nobody) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + Life{fork_of(kNginx)} + is_accepted(kServer, 250));
  EXPECT_FALSE(stage.get(13).owner.known());
  const std::vector<SocketHolder> holders = {{0, 7, 200, 5, 0, 0, "nginx"}};
  stage.tracker.apply(holders, true);
  const Socket next = socket(14, "127.0.0.1", 80, "127.0.0.1", 40001);
  stage.play(is_accepted(next, 400));
  EXPECT_EQ(stage.get(14).owner.pid, kNginx.pid) << "the child has not kept it";
}

TEST(Passive, listener_handed_over_names_its_holder) {
  const Task systemd{1, "systemd", 0};
  Stage stage;
  stage.play(listens(kListener, systemd, 1));
  const std::vector<SocketHolder> holders = {{0, 7, 200, 3, 0, 0, "nginx"}};
  stage.tracker.apply(holders, true);
  stage.play(is_accepted(kServer, 250));
  EXPECT_EQ(stage.get(13).owner.pid, 200U);
}

TEST(Passive, accepted_in_a_forked_worker) {
  Stage stage;
  stage.play(listens(kListener, kNginx, 1) + is_accepted(kServer, 250));
  EXPECT_EQ(stage.get(13).owner.source, OwnerSource::inherited);
  const std::vector<SocketHolder> holders = {{0, 13, 201, 9, 33, 7, "nginx-worker"}};
  stage.tracker.apply(holders, true);
  EXPECT_EQ(stage.get(13).owner.pid, kWorker.pid);
  EXPECT_EQ(stage.get(13).owner.source, OwnerSource::fd);
  EXPECT_EQ(stage.get(13).owner.uid, 33U);
}

TEST(Passive, request_sockets_found_by_a_snapshot) {
  Stage stage;
  SocketRow request = row(kServer, syn_recv);
  request.kind = SocketKind::request;
  request.inode = 0;
  stage.look(scope(100, 110), {request});
  EXPECT_EQ(stage.get(13).direction, Direction::passive);
  stage.play(is_accepted(kServer, 200));
  EXPECT_THAT(stage.diary.of(13), ElementsAre("LISTEN > SYN_RECV @200 [- unknown]",
                                              "SYN_RECV > ESTABLISHED @210 after 10 [- unknown]"));
  EXPECT_EQ(stage.count(13), 1U);
  EXPECT_FALSE(stage.get(13).existed_before);
}

TEST(Passive, request_socket_that_goes_without_a_child_is_no_gap) {
  Stage stage;
  SocketRow request = row(kServer, syn_recv);
  request.kind = SocketKind::request;
  stage.look(scope(100, 110), {request});
  stage.look(scope(200, 210), {});
  EXPECT_THAT(stage.diary.of(13), ElementsAre("SYN_RECV > CLOSE @210 confirmed [- unknown]",
                                              "end unknown, first none [- unknown]"));
}

TEST(Passive, synack_retransmits_find_the_request) {
  Stage stage;
  SocketRow request = row(kServer, syn_recv);
  request.kind = SocketKind::request;
  stage.look(scope(100, 110), {request});
  Socket by_listener{7, kServer.tuple, 0};
  stage.play({Ev(by_listener, EventKind::synack_retransmit, listen, listen).at(200)});
  EXPECT_THAT(stage.diary.of(13), ElementsAre("retransmit synack #1 in SYN_RECV"));
  Socket unknown_request{0, tuple("127.0.0.1", 80, "127.0.0.1", 41000), 0};
  stage.play({Ev(unknown_request, EventKind::synack_retransmit, syn_recv, syn_recv).at(300)});
  EXPECT_EQ(stage.diary.all().back(), "0: retransmit synack #1 in SYN_RECV");
  EXPECT_EQ(stage.get(13).syn_retransmits, 1U);
}

}  // namespace
}  // namespace conntrail::track::script
