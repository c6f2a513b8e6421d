// The running kernel's own type information: which tracepoints it has, and in which shape.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/result.h"

struct btf;

namespace conntrail::kernel {

class KernelBtf {
 public:
  // `unsupported` where the kernel was built without BTF.
  [[nodiscard]] static Result<KernelBtf> load();

  // How many arguments the tracepoint hands to a tp_btf program; empty when this kernel has no such
  // tracepoint (its typedef btf_trace_NAME is missing).
  [[nodiscard]] std::optional<unsigned> tracepoint_arguments(const std::string& tracepoint) const;

 private:
  struct Free {
    void operator()(btf* types) const;
  };
  explicit KernelBtf(btf* types) : types_(types) {}
  std::unique_ptr<btf, Free> types_;
};

}  // namespace conntrail::kernel
