#include "conntrail/session/capture_start.h"

#include <sys/utsname.h>

#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/store/history.h"

namespace conntrail::session {

std::string describe(const kernel::KernelFilter& filter) {
  std::string text;
  const auto add = [&text](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  for (const NamespaceId& id : filter.namespaces) add("network namespace " + std::to_string(id.inode));
  if (filter.family != Family::unspecified) add("family " + std::string(family_name(filter.family)));
  for (const std::uint64_t id : filter.cgroup_ids) add("cgroup " + std::to_string(id));
  for (const std::uint16_t port : filter.local_ports) add("local port " + std::to_string(port));
  for (const std::uint16_t port : filter.remote_ports) add("remote port " + std::to_string(port));
  for (const std::uint16_t port : filter.either_ports) add("port " + std::to_string(port));
  const auto prefix = [](const IpPrefix& p) { return to_string(p.address) + "/" + std::to_string(p.length); };
  for (const auto& p : filter.local_prefixes) add("local address " + prefix(p));
  for (const auto& p : filter.remote_prefixes) add("remote address " + prefix(p));
  for (const auto& p : filter.either_prefixes) add("address " + prefix(p));
  return text;
}

Result<std::unique_ptr<store::CaptureWriter>> start_capture(const CaptureChoice& choice, bool events) {
  store::CaptureHeader header;
  header.program = "conntrail " CONNTRAIL_VERSION;
  utsname host{};
  if (::uname(&host) == 0) {
    header.kernel = host.release;
    header.host = host.nodename;
  }
  header.boot_id = store::boot_id();
  header.clock = choice.clock;
  header.started = mono_now();
  header.events = events;
  header.filter = choice.filter;
  header.reset_reasons = kernel::reset_reasons();
  header.followed_pid = choice.followed_pid;
  return store::CaptureWriter::create(choice.path, header);
}

}  // namespace conntrail::session
