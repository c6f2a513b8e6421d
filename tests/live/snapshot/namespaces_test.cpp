// Other network namespaces: found, read, left again, and not kept alive.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>

#include "child.h"
#include "command.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/snapshot/snapshot.h"
#include "netns.h"
#include "sockets.h"

namespace conntrail::snapshot {
namespace {

using test::Flavour;
using test::NamedNamespace;
using test::SleepingChild;

// A listener that lives as long as its process.
void listen_forever() {
  static UniqueFd kept;
  kept = test::listen_at_loopback(Flavour::inet, 3);
}

class Namespaces : public testing::Test {
 protected:
  std::optional<test::PrivateNamespace> net_;  // first: what is made in it goes before it
  void SetUp() override {
    ASSERT_TRUE(test::is_root()) << "live tests need root";
    net_.emplace();
  }
};

const NetworkNamespace* find(const NamespaceList& list, std::uint32_t inode) {
  const auto found = std::ranges::find(list.namespaces, inode, &NetworkNamespace::inode);
  return found == list.namespaces.end() ? nullptr : &*found;
}

std::uint32_t namespace_of(pid_t pid) {
  const auto found = find_namespace(std::to_string(pid));
  if (!found) throw std::runtime_error(format_error(found.error()));
  return found->inode;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_F(Namespaces, AreListedByNameAndByProcessWithTheOwnFirst) {
  const NamedNamespace named;
  const SleepingChild child([] { test::PrivateNamespace::enter_for_good(); });
  const auto list = list_namespaces();
  ASSERT_TRUE(list) << format_error(list.error());
  ASSERT_FALSE(list->namespaces.empty());
  EXPECT_EQ(list->namespaces[0].inode, test::current_namespace());

  const NetworkNamespace* by_name = find(*list, named.inode());
  ASSERT_NE(by_name, nullptr);
  EXPECT_EQ(by_name->name, named.name());
  EXPECT_EQ(by_name->path, named.path());
  EXPECT_EQ(by_name->pid, 0U);

  const NetworkNamespace* by_process = find(*list, namespace_of(child.pid()));
  ASSERT_NE(by_process, nullptr);
  EXPECT_EQ(by_process->pid, static_cast<std::uint32_t>(child.pid()));
  EXPECT_TRUE(by_process->name.empty());

  for (const auto& one : list->namespaces) {
    EXPECT_EQ(std::ranges::count(list->namespaces, one.inode, &NetworkNamespace::inode), 1) << one.path;
  }
}

TEST_F(Namespaces, ANameLeftOverWithoutItsMountIsNone) {
  const std::string leftover = "/run/netns/conntrail-test-leftover-" + std::to_string(::getpid());
  {
    const NamedNamespace makes_the_folder;
    test::must_run({"touch", leftover});
  }
  const auto list = list_namespaces();
  std::filesystem::remove(leftover);
  ASSERT_TRUE(list);
  for (const auto& one : list->namespaces) EXPECT_NE(one.path, leftover);
}

TEST_F(Namespaces, AreReadByEverySourceWithoutLeavingTheOwn) {
  const NamedNamespace named;
  UniqueFd in_named;
  test::in_namespace(named.path(), [&] { in_named = test::listen_at_loopback(Flavour::inet6, 3); });
  const SleepingChild child([] {
    test::PrivateNamespace::enter_for_good();
    listen_forever();
  });
  const UniqueFd own = test::listen_at_loopback(Flavour::mapped, 3);
  const std::uint32_t own_inode = test::current_namespace();
  const std::uint32_t child_inode = namespace_of(child.pid());

  for (const Source source : {Source::automatic, Source::diag, Source::bpf, Source::proc}) {
    Request request;
    request.udp = true;
    request.source = source;
    request.namespaces = {*own_namespace(), *find_namespace(named.name()),
                          *find_namespace(std::to_string(child.pid()))};
    const std::size_t descriptors = open_descriptors();
    const auto taken = take(request);
    ASSERT_TRUE(taken) << format_error(taken.error());
    EXPECT_EQ(open_descriptors(), descriptors) << source_name(source);
    EXPECT_EQ(test::current_namespace(), own_inode) << source_name(source);
    EXPECT_EQ(taken->complete_namespaces,
              (std::vector<std::uint32_t>{own_inode, named.inode(), child_inode}));
    ASSERT_EQ(taken->rows.size(), 3U) << source_name(source);
    EXPECT_EQ(taken->rows[0].tuple.netns, own_inode);
    EXPECT_EQ(taken->rows[0].inode, test::inode_of(own.get()));
    EXPECT_EQ(taken->rows[1].tuple.netns, named.inode());
    EXPECT_EQ(taken->rows[1].inode, test::inode_of(in_named.get()));
    EXPECT_EQ(taken->rows[2].tuple.netns, child_inode);
    EXPECT_EQ(taken->rows[2].tuple.family, Family::inet);
    EXPECT_TRUE(taken->notes.empty());
  }
}

TEST_F(Namespaces, AreFoundAgainWhenTheProcessOnRecordHasEnded) {
  auto first = std::make_unique<SleepingChild>([] {
    test::PrivateNamespace::enter_for_good();
    listen_forever();
  });
  const std::string path = "/proc/" + std::to_string(first->pid()) + "/ns/net";
  SleepingChild second([&] {
    const UniqueFd target(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!target || ::setns(target.get(), CLONE_NEWNET) != 0) throw std::runtime_error("setns");
    listen_forever();
  });
  Request request;
  request.namespaces = {*find_namespace(std::to_string(first->pid()))};
  first->stop();
  const auto taken = take(request);
  ASSERT_TRUE(taken) << format_error(taken.error());
  EXPECT_EQ(taken->rows.size(), 1U);
  second.stop();
  const auto gone = take(request);
  ASSERT_FALSE(gone);
  // Beside another one that is read, a namespace that has gone is no trouble.
  request.namespaces.push_back(*own_namespace());
  const auto rest = take(request);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->complete_namespaces, std::vector<std::uint32_t>{test::current_namespace()});
  EXPECT_TRUE(rest->notes.empty());
}

TEST_F(Namespaces, AnUnknownNameSuggestsANearOne) {
  const NamedNamespace named;
  const auto found = find_namespace(named.name() + "x");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().hint.find(named.name()), std::string::npos) << format_error(found.error());
  EXPECT_EQ(found.error().kind, ErrorKind::usage);
}

TEST_F(Namespaces, OfAnotherUserAreRefusedAndCounted) {
  const NamedNamespace named;
  const NetworkNamespace target = *find_namespace(named.name());
  const std::string answer = test::in_child([&]() -> std::string {
    test::become_nobody();
    const auto list = list_namespaces();
    if (!list || list->unreadable == 0) return "root's processes were not counted as unreadable";
    Request request;
    request.namespaces = {target};
    const auto alone = take(request);
    if (alone) return "entered without privilege";
    if (alone.error().kind != ErrorKind::not_permitted) return format_error(alone.error());
    request.namespaces = {*own_namespace(), target};
    const auto both = take(request);
    if (!both) return format_error(both.error());
    if (both->complete_namespaces.size() != 1) return "called complete what was refused";
    return both->notes.size() == 1 ? "right" : "no note";
  });
  EXPECT_EQ(answer, "right");
}

TEST_F(Namespaces, OfOwnProcessesAreReadAsTextWhereTheyMayNotBeEntered) {
  const SleepingChild child([] {
    test::PrivateNamespace::enter_for_good();
    listen_forever();
    test::become_nobody();
  });
  const std::string answer = test::in_child([&]() -> std::string {
    test::become_nobody();
    const auto target = find_namespace(std::to_string(child.pid()));
    if (!target) return format_error(target.error());
    Request request;
    request.namespaces = {*target};
    const auto taken = take(request);
    if (!taken) return format_error(taken.error());
    if (taken->rows.size() != 1 || taken->source != Source::proc) return "wrong rows";
    return taken->rows[0].tuple.netns == target->inode ? "right" : "wrong namespace";
  });
  EXPECT_EQ(answer, "right");
}

TEST_F(Namespaces, WithoutNetlinkTheTextIsReadAndSaidSo) {
  const UniqueFd own = test::listen_at_loopback(Flavour::inet, 3);
  const std::string answer = test::in_child([]() -> std::string {
    test::forbid_netlink();
    Request request;
    request.udp = true;
    const auto taken = take(request);
    if (!taken) return format_error(taken.error());
    if (taken->source != Source::proc || taken->rows.size() != 1) return "wrong source or rows";
    if (taken->notes.size() != 2) return std::to_string(taken->notes.size()) + " notes";
    request.source = Source::diag;
    const auto refused = take(request);
    if (refused) return "read by a netlink that is forbidden";
    return refused.error().kind == ErrorKind::not_permitted ? "right" : format_error(refused.error());
  });
  EXPECT_EQ(answer, "right");
}

}  // namespace
}  // namespace conntrail::snapshot
