#include "lifecycle_programs.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf_log.h"
#include "lifecycle.skel.h"
#include "pid_namespace.h"

namespace conntrail::kernel {
namespace {

std::string_view tracepoint_of(const LifecycleProgram& program) { return program.tracepoint; }

// Is another program of the table the one for this kernel's shape of the same tracepoint?
bool has_sibling_that_fits(const LifecycleProgram& program, const KernelBtf& btf) {
  return std::any_of(
      kLifecyclePrograms.begin(), kLifecyclePrograms.end(), [&](const LifecycleProgram& other) {
        return &other != &program && tracepoint_of(other) == tracepoint_of(program) && fits(other, btf);
      });
}

}  // namespace

bool fits(const LifecycleProgram& program, const KernelBtf& btf) {
  const auto arguments = btf.tracepoint_arguments(program.tracepoint);
  return arguments && *arguments >= program.min_arguments && *arguments <= program.max_arguments;
}

std::string why_it_does_not_fit(const LifecycleProgram& program, const KernelBtf& btf) {
  const std::string tracepoint = program.tracepoint;
  const auto arguments = btf.tracepoint_arguments(tracepoint);
  if (!arguments) return "this kernel has no tracepoint " + tracepoint;
  return "the tracepoint " + tracepoint + " has " + std::to_string(*arguments) +
         " arguments here, which is not known";
}

void SkeletonDeleter::operator()(lifecycle* skeleton) const { lifecycle::destroy(skeleton); }

bpf_program* program_of(lifecycle& skeleton, const LifecycleProgram& program) {
  return bpf_object__find_program_by_name(skeleton.obj, program.name);
}

Result<Skeleton> load_programs(const std::vector<const LifecycleProgram*>& wanted,
                               const LifecycleSetup& setup) {
  const BpfLog log;
  Skeleton skeleton(lifecycle::open());
  if (!skeleton) return std::unexpected(bpf_error("cannot open the tracing programs", errno, log));
  for (const LifecycleProgram& program : kLifecyclePrograms) {
    const bool load = std::find(wanted.begin(), wanted.end(), &program) != wanted.end();
    bpf_program__set_autoload(program_of(*skeleton, program), load);
  }
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return std::unexpected(bpf_error("cannot count the CPUs", -cpus, log));
  bpf_map__set_max_entries(skeleton->maps.cpu_slots, static_cast<__u32>(cpus));
  bpf_map__set_max_entries(skeleton->maps.events, static_cast<__u32>(setup.ring_bytes));
  // The object file's constant is what the programs read; the skeleton's pointer is where it is set before
  // loading.
  std::memcpy(&skeleton->rodata->ct_filter, &setup.filter, sizeof(setup.filter));
  skeleton->rodata->ct_pid_namespace = reported_pid_namespace();
  const int error = lifecycle::load(skeleton.get());
  if (error != 0) return std::unexpected(bpf_error("cannot load the tracing programs", -error, log));
  return skeleton;
}

Result<LoadedPrograms> load_what_works(const std::vector<const LifecycleProgram*>& wanted,
                                       const LifecycleSetup& setup) {
  const auto btf = KernelBtf::load();
  if (!btf) return std::unexpected(btf.error());

  LoadedPrograms result;
  for (const LifecycleProgram* program : wanted) {
    if (fits(*program, *btf)) {
      result.programs.push_back(program);
      continue;
    }
    const std::string why = why_it_does_not_fit(*program, *btf);
    if (program->required) return fail_unsupported("cannot trace TCP connections", why);
    if (!has_sibling_that_fits(*program, *btf)) result.missing.push_back(program->name + (": " + why));
  }

  auto all = load_programs(result.programs, setup);
  if (!all) {
    if (all.error().kind == ErrorKind::not_permitted) return std::unexpected(std::move(all.error()));
    // One of them is refused: find out which, each by itself, and go without it.
    std::vector<const LifecycleProgram*> accepted;
    for (const LifecycleProgram* program : result.programs) {
      auto alone =
          load_programs({program}, {.ring_bytes = LifecycleSetup{}.ring_bytes, .filter = setup.filter});
      if (alone) {
        accepted.push_back(program);
      } else if (program->required) {
        return std::unexpected(std::move(alone.error()));
      } else {
        result.missing.push_back(program->name + (": " + alone.error().why));
      }
    }
    result.programs = std::move(accepted);
    all = load_programs(result.programs, setup);
    if (!all) return std::unexpected(std::move(all.error()));
  }
  result.skeleton = std::move(*all);
  return result;
}

}  // namespace conntrail::kernel
