#include "conntrail/kernel/reset_reasons.h"

#include <bpf/btf.h>

#include <map>
#include <memory>
#include <string_view>

namespace conntrail::kernel {
namespace {

using Names = std::map<std::uint32_t, std::string>;

Names read_names() {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
  Names names;
  if (!types) return names;
  const int id = btf__find_by_name_kind(types.get(), "sk_rst_reason", BTF_KIND_ENUM);
  if (id < 0) return names;
  const btf_type* type = btf__type_by_id(types.get(), static_cast<__u32>(id));
  const struct btf_enum* values = btf_enum(type);
  for (__u16 i = 0; i < btf_vlen(type); ++i) {
    constexpr std::string_view kPrefix = "SK_RST_REASON_";
    std::string_view name = btf__name_by_offset(types.get(), values[i].name_off);
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    names.emplace(static_cast<std::uint32_t>(values[i].val), name);
  }
  return names;
}

const Names& names() {
  static const Names kNames = read_names();
  return kNames;
}

}  // namespace

std::string reset_reason_name(std::uint32_t reason) {
  const auto found = names().find(reason);
  return found != names().end() ? found->second : std::string();
}

std::vector<std::pair<std::uint32_t, std::string>> reset_reasons() {
  return {names().begin(), names().end()};
}

}  // namespace conntrail::kernel
