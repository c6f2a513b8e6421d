#include "kernel_btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "bpf_log.h"

namespace conntrail::kernel {

void KernelBtf::Free::operator()(btf* types) const { btf__free(types); }

Result<KernelBtf> KernelBtf::load() {
  const BpfLog log;
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) {
    Error error = bpf_error("no kernel type information (BTF)", errno, log);
    error.kind = ErrorKind::unsupported;
    error.hint = "tracing needs /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)";
    return std::unexpected(std::move(error));
  }
  return KernelBtf(types);
}

std::optional<unsigned> KernelBtf::tracepoint_arguments(const std::string& tracepoint) const {
  const std::string name = "btf_trace_" + tracepoint;
  const int id = btf__find_by_name_kind(types_.get(), name.c_str(), BTF_KIND_TYPEDEF);
  if (id < 0) return std::nullopt;
  // typedef void (*btf_trace_NAME)(void *, argument, …)
  const btf_type* type = btf__type_by_id(types_.get(), static_cast<__u32>(id));
  if (type == nullptr) return std::nullopt;
  type = btf__type_by_id(types_.get(), type->type);
  if (type == nullptr || btf_kind(type) != BTF_KIND_PTR) return std::nullopt;
  type = btf__type_by_id(types_.get(), type->type);
  if (type == nullptr || btf_kind(type) != BTF_KIND_FUNC_PROTO || btf_vlen(type) == 0) return std::nullopt;
  return btf_vlen(type) - 1U;
}

}  // namespace conntrail::kernel
