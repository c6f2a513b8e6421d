#include "bpf_log.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace conntrail::kernel {
namespace {

TEST(BpfLog, TheVerifiersLastComplaintSaysMost) {
  EXPECT_EQ(log_essence("libbpf: prog 'p': BPF program load failed: Permission denied\n"
                        "libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\n"
                        "0: (79) r1 = *(u64 *)(r1 +16)\n"
                        "func 'tcp_send_reset' doesn't have 3-th argument\n"
                        "processed 1 insns (limit 1000000) max_states_per_insn 0\n"
                        "-- END PROG LOAD LOG --\n"
                        "libbpf: prog 'p': failed to load: -13\n"),
            "func 'tcp_send_reset' doesn't have 3-th argument");
}

TEST(BpfLog, ElseTheFirstWarning) {
  EXPECT_EQ(log_essence("libbpf: Error in bpf_object__probe_loading(): Operation not permitted(1).\n"
                        "libbpf: failed to load object 'x'\n"),
            "Error in bpf_object__probe_loading(): Operation not permitted(1).");
  EXPECT_EQ(log_essence(""), "");
}

TEST(BpfLog, ControlCharactersDoNotReachTheScreen) {
  EXPECT_EQ(log_essence("libbpf: a\x1b[31mb\n"), "a?[31mb");
}

TEST(BpfLog, ErrorsAreSortedIntoPrivilegeAndKernel) {
  const BpfLog log;
  EXPECT_EQ(bpf_error("x", EPERM, log).kind, ErrorKind::not_permitted);
  EXPECT_FALSE(bpf_error("x", EPERM, log).hint.empty());
  EXPECT_EQ(bpf_error("x", EACCES, log).kind, ErrorKind::unsupported) << "the verifier's no";
  EXPECT_EQ(bpf_error("x", EINVAL, log).kind, ErrorKind::unsupported);
  EXPECT_EQ(bpf_error("x", ENOMEM, log).kind, ErrorKind::runtime);
  EXPECT_EQ(bpf_error("x", ENOMEM, log).sys_errno, ENOMEM);
}

}  // namespace
}  // namespace conntrail::kernel
