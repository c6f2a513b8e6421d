// What the probe says, with all privileges and without any.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "conntrail/kernel/event_stream.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/kernel/probe.h"

namespace conntrail::test {
namespace {

const kernel::ProbeItem* find(const std::vector<kernel::ProbeItem>& items, const std::string& name) {
  for (const kernel::ProbeItem& item : items)
    if (item.name == name) return &item;
  return nullptr;
}

// Runs `body` in a child that is nobody; its result is the child's exit status.
template <class Body>
int as_nobody(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(99);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Probe, AsRoot) {
  const kernel::ProbeReport report = kernel::probe();
  utsname names{};
  ASSERT_EQ(::uname(&names), 0);
  EXPECT_EQ(report.kernel_release, names.release);
  EXPECT_EQ(report.machine, names.machine);
  EXPECT_TRUE(report.btf);
  EXPECT_TRUE(report.tracing_works);
  EXPECT_FALSE(report.missing_privilege);
  for (const char* name :
       {"ring buffer", "tp_btf/inet_sock_set_state", "tp_btf/tcp_retransmit_skb",
        "tp_btf/tcp_retransmit_synack", "tp_btf/tcp_send_reset", "tp_btf/tcp_receive_reset",
        "tp_btf/tcp_destroy_sock", "tp_btf/sched_process_fork"}) {
    const kernel::ProbeItem* item = find(report.programs, name);
    ASSERT_NE(item, nullptr) << name;
    EXPECT_TRUE(item->works) << name << ": " << item->reason;
    EXPECT_TRUE(item->reason.empty());
    EXPECT_FALSE(item->purpose.empty());
  }
  for (const char* name : {"iter/tcp", "iter/udp", "iter/task_file"}) {
    const kernel::ProbeItem* item = find(report.iterators, name);
    ASSERT_NE(item, nullptr) << name;
    EXPECT_TRUE(item->works) << name << ": " << item->reason;
  }
  const kernel::ProbeItem* capability = find(report.capabilities, "CAP_NET_ADMIN");
  ASSERT_NE(capability, nullptr);
  // prctl is the kernel's other way to tell: the bounding set of root's fresh process includes what it holds.
  EXPECT_TRUE(!capability->works || ::prctl(PR_CAPBSET_READ, 12) == 1);
}

TEST(Probe, AsNobodyItIsForPrivilege) {
  EXPECT_EQ(as_nobody([] {
              const kernel::ProbeReport report = kernel::probe();
              if (report.tracing_works) return 1;
              if (!report.missing_privilege) return 2;
              const kernel::ProbeItem* bpf = find(report.capabilities, "CAP_BPF");
              if (bpf == nullptr || bpf->works || !bpf->required) return 3;
              const kernel::ProbeItem* program = find(report.programs, "tp_btf/inet_sock_set_state");
              if (program == nullptr || program->works || program->reason.empty()) return 4;
              return 0;
            }),
            0);
}

TEST(Probe, AsNobodyOpeningSaysWhatIsMissing) {
  EXPECT_EQ(as_nobody([] {
              const auto stream = kernel::EventStream::open({});
              if (stream) return 1;
              if (stream.error().kind != ErrorKind::not_permitted) return 2;
              if (stream.error().hint.find("CAP_BPF") == std::string::npos) return 3;
              const auto sockets = kernel::SocketIterators::open();
              if (sockets || sockets.error().kind != ErrorKind::not_permitted) return 4;
              const auto owners = kernel::OwnerIterator::open();
              if (owners || owners.error().kind != ErrorKind::not_permitted) return 5;
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace conntrail::test
