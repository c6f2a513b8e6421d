// Where a BPF program (sk_lookup) chooses the listener, the addresses do not tell whose connection it is.
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "owners_scenario.h"

namespace conntrail::live {
namespace {

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

template <class T>
std::uint64_t address_of(const T* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

// Attaches a program that leaves every choice to the kernel: that there is one is all that can be known.
UniqueFd attach_program() {
  const std::array<bpf_insn, 2> program{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = SK_PASS},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  const char license[] = "GPL";
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_SK_LOOKUP;
  load.expected_attach_type = BPF_SK_LOOKUP;
  load.insn_cnt = program.size();
  load.insns = address_of(program.data());
  load.license = address_of(&license[0]);
  const UniqueFd loaded(bpf(BPF_PROG_LOAD, load));
  if (!loaded) return UniqueFd();
  const UniqueFd netns(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  bpf_attr link{};
  link.link_create.prog_fd = static_cast<std::uint32_t>(loaded.get());
  link.link_create.target_fd = static_cast<std::uint32_t>(netns.get());
  link.link_create.attach_type = BPF_SK_LOOKUP;
  return UniqueFd(bpf(BPF_LINK_CREATE, link));
}

// Before 6.15 the child's first event carries the cookie of the very listener.
bool kernel_names_listener() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (::uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major < 6 || (major == 6 && minor < 15);
}

class Steered : public Owners {};

TEST_F(Steered, NoOwnerIsGuessedByAddress) {
  const int listening = server.listen(loopback(Flavour::v4));
  const Address address = server.facts(listening).local;
  trace();
  const int before = client.connect(address);
  const SocketFacts guessed = server.facts(server.accept(listening));
  EXPECT_EQ(owner_at(guessed.cookie, "SYN_RECV"), owner(server.party(), "inherited")) << "the control";
  UniqueFd program = attach_program();
  ASSERT_TRUE(program) << std::strerror(errno);
  const int during = client.connect(address);
  const int waits = client.connect(address);
  const SocketFacts accepted = server.facts(server.accept(listening));
  const std::string owner_seen = owner_at(accepted.cookie, "SYN_RECV");
  EXPECT_EQ(owner_seen,
            kernel_names_listener() ? owner(server.party(), "inherited") : std::string("/0 unknown"));
  const ToolRun list = run_tool({"list", "--json", "--netns", "self", "--no-history"}, true);
  int waiting = 0;
  for (const Json& row : list.lines) {
    if (row.value("local_port", 0U) != address.port() || row.value("state", "") != "ESTABLISHED") continue;
    if (row.contains("inode")) continue;
    ++waiting;
    EXPECT_EQ(owner_of(&row), "/0 unknown");
  }
  EXPECT_EQ(waiting, 1) << list.out;
  program.reset();
  EXPECT_EQ(owner_in_list(server.facts(server.accept(listening)).cookie), owner(server.party(), "fd"));
  client.close(before);
  client.close(during);
  client.close(waits);
}

}  // namespace
}  // namespace conntrail::live
