// The lifecycle programs: which of them belongs on this kernel, and loading them so that one that the kernel
// refuses does not take the others with it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/abi/event.h"
#include "conntrail/abi/filter.h"
#include "conntrail/base/result.h"
#include "kernel_btf.h"

struct bpf_program;
struct lifecycle;

namespace conntrail::kernel {

enum class ProgramGroup : std::uint8_t { transitions, retransmits, resets, forks };

struct LifecycleProgram {
  const char* name;  // of the function in bpf/lifecycle.bpf.c
  const char* tracepoint;
  unsigned min_arguments;  // the tracepoint's shapes that this program fits
  unsigned max_arguments;
  ProgramGroup group;
  ct_event_kind kind;  // what it reports; 0 for nothing, or where another program's losses count
  bool required;
  const char* purpose;
  std::optional<ct_backed> backed{};  // others make up for its suppressed runs
  bool helper = false;                // is one of those
};

// In the order in which they are attached, which matters to bpf/lib/nested.bpf.h.

inline constexpr std::array<LifecycleProgram, 14> kLifecyclePrograms{{
    {"inet_sock_set_state_before",
     "inet_sock_set_state",
     3,
     3,
     ProgramGroup::transitions,
     ct_event_kind{},
     false,
     "state changes that interrupt the report of another",
     {},
     true},
    {"inet_sock_set_state", "inet_sock_set_state", 3, 3, ProgramGroup::transitions, CT_EVENT_STATE, true,
     "every TCP state change", CT_BACKED_STATE},
    {"inet_sock_set_state_after",
     "inet_sock_set_state",
     3,
     3,
     ProgramGroup::transitions,
     ct_event_kind{},
     false,
     "state changes that interrupt the report of another",
     {},
     true},
    {"tcp_destroy_sock_before",
     "tcp_destroy_sock",
     1,
     1,
     ProgramGroup::transitions,
     ct_event_kind{},
     false,
     "ends that interrupt the report of another",
     {},
     true},
    {"tcp_destroy_sock", "tcp_destroy_sock", 1, 1, ProgramGroup::transitions, CT_EVENT_DESTROY, false,
     "who closes a socket that the network had ended before", CT_BACKED_DESTROY},
    {"tcp_destroy_sock_after",
     "tcp_destroy_sock",
     1,
     1,
     ProgramGroup::transitions,
     ct_event_kind{},
     false,
     "ends that interrupt the report of another",
     {},
     true},
    {"tcp_retransmit_skb", "tcp_retransmit_skb", 2, 2, ProgramGroup::retransmits, CT_EVENT_RETRANSMIT, false,
     "segments sent again"},
    {"tcp_retransmit_skb_err", "tcp_retransmit_skb", 3, 9, ProgramGroup::retransmits, CT_EVENT_RETRANSMIT,
     false, "segments sent again"},
    {"tcp_retransmit_synack", "tcp_retransmit_synack", 2, 9, ProgramGroup::retransmits,
     CT_EVENT_SYNACK_RETRANSMIT, false, "SYN-ACK segments sent again"},
    {"tcp_send_reset", "tcp_send_reset", 2, 2, ProgramGroup::resets, CT_EVENT_RESET_SENT, false,
     "resets sent"},
    {"tcp_send_reset_reason", "tcp_send_reset", 3, 9, ProgramGroup::resets, CT_EVENT_RESET_SENT, false,
     "resets sent, with the reason"},
    {"tcp_receive_reset", "tcp_receive_reset", 1, 9, ProgramGroup::resets, CT_EVENT_RESET_RECEIVED, false,
     "resets received"},
    {"sched_process_fork", "sched_process_fork", 2, 9, ProgramGroup::forks, CT_EVENT_FORK, false,
     "children of the traced command"},
    {"sched_process_exit", "sched_process_exit", 1, 9, ProgramGroup::forks, ct_event_kind{}, false,
     "the end of a traced process"},
}};

// Does the program fit the kernel's tracepoint of its name?
[[nodiscard]] bool fits(const LifecycleProgram& program, const KernelBtf& btf);

// The reason why not, for people.
[[nodiscard]] std::string why_it_does_not_fit(const LifecycleProgram& program, const KernelBtf& btf);

struct SkeletonDeleter {
  void operator()(lifecycle* skeleton) const;
};
using Skeleton = std::unique_ptr<lifecycle, SkeletonDeleter>;

struct LifecycleSetup {
  std::size_t ring_bytes = 4096;  // a power of two, at least a page
  ct_filter filter{};
};

// A program of the skeleton by its table entry; never null.
[[nodiscard]] bpf_program* program_of(lifecycle& skeleton, const LifecycleProgram& program);

struct LoadedPrograms {
  Skeleton skeleton;                              // loaded, nothing attached yet
  std::vector<const LifecycleProgram*> programs;  // those in it
  std::vector<std::string> missing;               // "name: why" of those left out
};

// Loads exactly `wanted` into the kernel.
[[nodiscard]] Result<Skeleton> load_programs(const std::vector<const LifecycleProgram*>& wanted,
                                             const LifecycleSetup& setup);
// Loads those of `wanted` that fit and that the kernel accepts. Fails when a required one is not among them.
[[nodiscard]] Result<LoadedPrograms> load_what_works(const std::vector<const LifecycleProgram*>& wanted,
                                                     const LifecycleSetup& setup);

}  // namespace conntrail::kernel
