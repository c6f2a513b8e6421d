// What the tracker is told of names: of network namespaces, and of what processes say of themselves.
#include <gtest/gtest.h>

#include <map>

#include "lives.h"

namespace conntrail::track::script {
namespace {

TEST(NamespaceName, IsThatOfItsTime) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  EXPECT_EQ(stage.get(12).netns_name, "");
  stage.tracker.name_namespace(kNetns, "blue");
  EXPECT_EQ(stage.get(12).netns_name, "blue") << "it lives, so the name is its own";
  stage.play(listens(kListener, kNginx, 200));
  EXPECT_EQ(stage.get(7).netns_name, "blue");
  // The namespace goes, and the kernel gives its number to another.
  stage.tracker.name_namespace(kNetns, "");
  stage.play(is_accepted(kServer, 300));
  EXPECT_EQ(stage.get(13).netns_name, "");
  EXPECT_EQ(stage.get(12).netns_name, "blue");
  stage.tracker.name_namespace(kNetns + 1, "red");
  EXPECT_EQ(stage.get(13).netns_name, "");
}

struct Asked : Stage {
  Asked() {
    tracker.ask_titles([this](const Owner& owner) {
      ++asked[owner.pid];
      return titles[owner.pid];
    });
  }
  std::map<std::uint32_t, std::string> titles{
      {100, "curl http://x"}, {200, "nginx: master"}, {201, "nginx: worker"}};
  std::map<std::uint32_t, int> asked;
};

TEST(Title, IsAskedForOnceWhenTheOwnerBecomesKnown) {
  Asked stage;
  stage.play(connects(kClient, kCurl, 100));
  EXPECT_EQ(stage.get(12).title, "curl http://x");
  stage.titles[100] = "";  // it has ended
  stage.play(closes_first(kClient, kCurl, 1000));
  EXPECT_EQ(stage.get(12).title, "curl http://x");
  EXPECT_EQ(stage.asked[100], 1);
}

TEST(Title, FollowsTheOwner) {
  Asked stage;
  stage.play(listens(kListener, kNginx, 50));
  EXPECT_EQ(stage.get(7).title, "nginx: master");
  stage.play(is_accepted(kServer, 100));
  EXPECT_EQ(stage.get(13).title, "") << "a guess by the listener";
  stage.play(closes_first(kServer, kWorker, 1000));
  EXPECT_EQ(stage.get(13).title, "nginx: worker");
}

TEST(Title, IsRenewedForTables) {
  Asked stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.titles[100] = "curl: idle";
  stage.tracker.renew_titles();
  EXPECT_EQ(stage.get(12).title, "curl: idle");
  stage.titles[100] = "";
  stage.tracker.renew_titles();
  EXPECT_EQ(stage.get(12).title, "curl: idle") << "it has just gone";
}

TEST(Title, IsNotReadWhereNobodyAsks) {
  Stage stage;
  stage.play(connects(kClient, kCurl, 100));
  stage.tracker.renew_titles();
  EXPECT_EQ(stage.get(12).title, "");
}

// The owner of a connection that was over before may be gone, and its number another's.
TEST(Title, OfARememberedConnectionThatIsOverIsWhatItWas) {
  Stage first;
  first.play(connects(kClient, kCurl, 100) + closes_first(kClient, kCurl, 1000));
  Asked stage;
  stage.tracker.restore(first.get(12));
  stage.look(scope(2000, 2010), {time_wait_row(kClient, fin_wait2, std::chrono::seconds(50))});
  stage.tracker.renew_titles();
  EXPECT_EQ(stage.get(12).title, "");
  EXPECT_EQ(stage.asked[100], 0);
}

}  // namespace
}  // namespace conntrail::track::script
