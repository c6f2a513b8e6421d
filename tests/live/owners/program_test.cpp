// Several holders of one program name it: which of them accepts is open, the program is not.
#include "owners_scenario.h"

namespace conntrail::live {
namespace {

class Program : public Owners {};

TEST_F(Program, NamesTheConnectionsOfItsWorkers) {
  Peer master("ct-web", {left.get()});
  Peer worker("ct-web", {right.get()});
  const int listening = master.listen(loopback(Flavour::v4));
  const SocketFacts facts = master.facts(listening);
  const int shared = hand_over(master, listening, worker);
  trace({"comm", "=", "ct-web"});
  const int fd = client.connect(facts.local);
  const SocketFacts accepted = worker.facts(worker.accept(shared));
  EXPECT_EQ(owner_at(accepted.cookie, "SYN_RECV"), "ct-web/0 inherited");
  EXPECT_EQ(owner_in_list(accepted.cookie), owner(worker.party(), "fd")) << "who accepted it has it";

  const int waits = client.connect(facts.local);
  const ToolRun list = run_tool({"list", "--netns", "self", "--no-history", "--columns", "state,owner",
                                 "comm", "=", "ct-web", "and", "not", "state", "listen"});
  EXPECT_NE(list.out.find("~ct-web\n"), std::string::npos) << list.out;
  client.close(fd);
  client.close(waits);
}

TEST_F(Program, OfDifferentNamesIsNone) {
  Peer master("ct-master", {left.get()});
  Peer worker("ct-worker", {right.get()});
  const int listening = master.listen(loopback(Flavour::v4));
  const SocketFacts facts = master.facts(listening);
  const int shared = hand_over(master, listening, worker);
  trace();
  const int fd = client.connect(facts.local);
  const SocketFacts accepted = worker.facts(worker.accept(shared));
  EXPECT_EQ(owner_at(accepted.cookie, "SYN_RECV"), "/0 unknown");
  client.close(fd);
}

}  // namespace
}  // namespace conntrail::live
