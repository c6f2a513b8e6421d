#include "names/name_services.h"

#include <unistd.h>

#include "conntrail/base/text.h"
#include "proc/proc_lines.h"

namespace conntrail::netstat {

namespace {

constexpr std::string_view kDatabase = "hosts:";

// The services behind "hosts:" in the last line that has them, as the C library reads it.
std::string_view hosts_line(std::string_view nsswitch) {
  std::string_view found;
  for (std::string_view line : split(nsswitch, '\n')) {
    line = trim(line.substr(0, line.find('#')));
    if (line.starts_with(kDatabase)) found = line.substr(kDatabase.size());
  }
  return found;
}

}  // namespace

std::optional<std::string> services_before_dns(std::string_view nsswitch, bool resolved) {
  std::string before;
  bool dns = false;
  bool skipped = false;  // the word before was a service that is not there: its action does not matter
  for (const std::string_view word : split_words(hosts_line(nsswitch))) {
    if (dns) return std::nullopt;
    if (word == "resolve" && !resolved) {
      skipped = true;
      continue;
    }
    if (word == "[!UNAVAIL=return]" && skipped) {
      skipped = false;
      continue;
    }
    skipped = false;
    if (word == "dns") {
      dns = true;
    } else if (word == "files" || word == "myhostname") {
      if (!before.empty()) before += ' ';
      before += word;
    } else {
      return std::nullopt;  // another service, or an action between two
    }
  }
  return dns ? std::optional(before) : std::nullopt;
}

std::optional<std::string> host_services_before_dns() {
  auto lines = ProcLines::open("/etc/nsswitch.conf");
  if (!lines) return std::nullopt;
  std::string text;
  std::string_view line;
  while (lines->next(line)) text += line;
  return services_before_dns(text, ::access("/run/systemd/resolve/io.systemd.Resolve", F_OK) == 0);
}

}  // namespace conntrail::netstat
