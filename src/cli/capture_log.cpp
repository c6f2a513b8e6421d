#include "capture_log.h"

#include <sys/utsname.h>

#include "conntrail/kernel/reset_reasons.h"
#include "conntrail/store/history.h"

namespace conntrail::cli {

std::string captured_part(const std::vector<std::string>& filter_words, const std::vector<std::string>& netns,
                          const kernel::KernelFilter& filter) {
  const bool keeps_out = !filter.namespaces.empty() || !filter.local_ports.empty() ||
                         !filter.remote_ports.empty() || !filter.local_prefixes.empty() ||
                         !filter.remote_prefixes.empty() || filter.family != Family::unspecified;
  if (!keeps_out) return {};
  std::string text;
  for (const std::string& word : filter_words) text += (text.empty() ? "" : " ") + word;
  for (const std::string& name : netns) text += (text.empty() ? "--netns " : " --netns ") + name;
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

}  // namespace conntrail::cli
