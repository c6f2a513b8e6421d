#include "conntrail/kernel/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "bpf_log.h"
#include "capabilities.h"
#include "conntrail/base/unique_fd.h"
#include "iterator.h"
#include "kernel_btf.h"
#include "lifecycle_programs.h"
#include "owners.skel.h"
#include "sockets.skel.h"

namespace conntrail::kernel {
namespace {

using Attempt = Result<void>;

Attempt try_ring_buffer() {
  const BpfLog log;
  const auto page = static_cast<__u32>(sysconf(_SC_PAGESIZE));
  const UniqueFd map(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "conntrail_probe", 0, 0, page, nullptr));
  if (!map) return std::unexpected(bpf_error("cannot create a ring buffer", errno, log));
  return {};
}

Attempt try_program(const LifecycleProgram& program) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto skeleton = load_programs({&program}, {.ring_bytes = page, .filter = {}});
  if (!skeleton) return std::unexpected(std::move(skeleton.error()));
  const BpfLog log;
  bpf_link* link = bpf_program__attach(program_of(**skeleton, program));
  if (link == nullptr) return std::unexpected(bpf_error("cannot attach", errno, log));
  bpf_link__destroy(link);
  return {};
}

// Loads one program of an iterator skeleton, without its neighbours, and attaches it.
template <class Skeleton>
Attempt try_iterator(const char* program_name, const std::string& name) {
  const BpfLog log;
  Skeleton* const raw = Skeleton::open();
  if (raw == nullptr) return std::unexpected(bpf_error("cannot open " + name, errno, log));
  const std::unique_ptr<Skeleton, void (*)(Skeleton*)> skeleton(raw, Skeleton::destroy);
  bpf_program* wanted = nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    const bool is_wanted = std::string_view(bpf_program__name(program)) == program_name;
    bpf_program__set_autoload(program, is_wanted);
    if (is_wanted) wanted = program;
  }
  const int error = Skeleton::load(skeleton.get());
  if (error != 0) return std::unexpected(bpf_error("cannot load " + name, -error, log));
  auto iterator = Iterator::attach(wanted, name);
  if (!iterator) return std::unexpected(std::move(iterator.error()));
  return {};
}

ProbeItem item_of(std::string name, std::string purpose, bool required, const Attempt& attempt) {
  ProbeItem item;
  item.name = std::move(name);
  item.purpose = std::move(purpose);
  item.required = required;
  item.works = attempt.has_value();
  if (!attempt) item.reason = attempt.error().why;
  return item;
}

// Collects items and remembers why the required ones fail.
class Verdict {
 public:
  void add(std::vector<ProbeItem>& items, ProbeItem item, const Attempt& attempt) {
    if (item.required && !attempt) {
      works_ = false;
      privilege_ = privilege_ || attempt.error().kind == ErrorKind::not_permitted;
    }
    items.push_back(std::move(item));
  }
  [[nodiscard]] bool works() const { return works_; }
  [[nodiscard]] bool privilege() const { return privilege_; }

 private:
  bool works_ = true;
  bool privilege_ = false;
};

// One item per tracepoint: the shape this kernel has, or the reason why none fits.
void probe_programs(const Result<KernelBtf>& btf, ProbeReport& report, Verdict& verdict) {
  std::set<std::string_view> done;
  for (const LifecycleProgram& program : kLifecyclePrograms) {
    if (program.helper || done.contains(program.tracepoint)) continue;
    const std::string name = std::string("tp_btf/") + program.tracepoint;
    const LifecycleProgram* shape = nullptr;
    if (btf) {
      for (const LifecycleProgram& candidate : kLifecyclePrograms)
        if (!candidate.helper && std::string_view(candidate.tracepoint) == program.tracepoint &&
            fits(candidate, *btf))
          shape = &candidate;
    }
    Attempt attempt;
    if (!btf)
      attempt = std::unexpected(btf.error());
    else if (shape == nullptr)
      attempt = fail_unsupported(name, why_it_does_not_fit(program, *btf));
    else
      attempt = try_program(*shape);
    verdict.add(report.programs, item_of(name, program.purpose, program.required, attempt), attempt);
    done.insert(program.tracepoint);
  }
}

void probe_iterators(ProbeReport& report, Verdict& verdict) {
  const Attempt tcp = try_iterator<sockets>("tcp_sockets", "iter/tcp");
  verdict.add(report.iterators, item_of("iter/tcp", "the TCP socket table", false, tcp), tcp);
  const Attempt udp = try_iterator<sockets>("udp_sockets", "iter/udp");
  verdict.add(report.iterators, item_of("iter/udp", "the UDP socket table", false, udp), udp);
  const Attempt files = try_iterator<owners>("socket_holders", "iter/task_file");
  verdict.add(report.iterators, item_of("iter/task_file", "which process holds which socket", false, files),
              files);
}

std::vector<ProbeItem> probe_capabilities() {
  const std::uint64_t effective = effective_capabilities();
  std::vector<ProbeItem> items;
  for (const Capability& capability : kCapabilities) {
    ProbeItem item;
    item.name = capability.name;
    item.purpose = capability.purpose;
    item.works = ((effective >> capability.bit) & 1U) != 0;
    item.required = capability.needed_for_tracing && !may_trace(effective);
    if (!item.works) item.reason = "not held by this process";
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

ProbeReport probe() {
  ProbeReport report;
  utsname names{};
  if (::uname(&names) == 0) {
    report.kernel_release = names.release;
    report.machine = names.machine;
  }
  report.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  report.capabilities = probe_capabilities();

  Verdict verdict;
  const Attempt ring = try_ring_buffer();
  verdict.add(report.programs, item_of("ring buffer", "events from kernel to user space", true, ring), ring);
  const auto btf = KernelBtf::load();
  probe_programs(btf, report, verdict);
  probe_iterators(report, verdict);
  report.tracing_works = verdict.works();
  report.missing_privilege = verdict.privilege();
  return report;
}

}  // namespace conntrail::kernel
