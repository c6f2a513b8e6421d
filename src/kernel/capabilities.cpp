#include "capabilities.h"

#include <fstream>
#include <sstream>

#include "conntrail/base/text.h"

namespace conntrail::kernel {
namespace {

constexpr unsigned kSysAdminBit = 21;

bool has(std::uint64_t set, unsigned bit) { return ((set >> bit) & 1U) != 0; }

}  // namespace

std::uint64_t parse_effective_capabilities(std::string_view status) {
  constexpr std::string_view kKey = "CapEff:";
  for (const std::string_view line : split(status, '\n')) {
    if (line.starts_with(kKey))
      return parse_number<std::uint64_t>(trim(line.substr(kKey.size())), 16).value_or(0);
  }
  return 0;
}

std::uint64_t effective_capabilities() {
  std::ifstream file("/proc/self/status");
  std::stringstream text;
  text << file.rdbuf();
  return parse_effective_capabilities(text.str());
}

bool may_trace(std::uint64_t effective) { return missing_for_tracing(effective).empty(); }

std::string missing_for_tracing(std::uint64_t effective) {
  if (has(effective, kSysAdminBit)) return {};
  std::string missing;
  for (const Capability& capability : kCapabilities) {
    if (!capability.needed_for_tracing || has(effective, capability.bit)) continue;
    if (!missing.empty()) missing += " and ";
    missing += capability.name;
  }
  return missing;
}

}  // namespace conntrail::kernel
