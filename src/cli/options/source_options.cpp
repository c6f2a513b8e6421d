#include "options/source_options.h"

#include <algorithm>
#include <utility>

#include "conntrail/session/cgroup.h"
#include "conntrail/session/filter_environment.h"

namespace conntrail::cli {

void SourceOptions::add_netns_to(CommandLine& line) {
  line.add_list(
      "--netns", netns, "NS[,NS]",
      "only these network namespaces: all, self, or each by its name, a path, a PID or its inode number; "
      "several with commas between them, or the option again");
}

void SourceOptions::add_to(CommandLine& line) {
  add_netns_to(line);
  line.add("--source", source, "SOURCE", "where tables come from: auto, diag, bpf or proc");
}

CommandLine::Option SourceOptions::add_cgroup_to(CommandLine& line) {
  return line.add(
      "--cgroup", cgroups, "CGROUP",
      "only sockets made in this cgroup, whoever owns them now: a path below the cgroup2 mount, or "
      "an id; not those made in cgroups below it");
}

Result<session::CommonChoice> resolve(const SourceOptions& options) {
  auto parsed = filter::Filter::parse(options.filter_words, session::host_environment());
  if (!parsed) return std::unexpected(parsed.error());
  auto namespaces = session::choose_namespaces(options.netns);
  if (!namespaces) return std::unexpected(namespaces.error());
  const auto source = snapshot::parse_source(options.source);
  if (!source)
    return fail_usage("unknown source '" + options.source + "'", {}, "use auto, diag, bpf or proc");
  auto cgroups = session::choose_cgroups(options.cgroups);
  if (!cgroups) return std::unexpected(cgroups.error());
  if (!cgroups->empty() && *source == snapshot::Source::proc)
    return fail_usage("--cgroup and --source proc exclude each other",
                      "/proc/net does not tell a socket's cgroup", "choose --source diag or --source bpf");
  return session::CommonChoice{std::move(*parsed), std::move(*namespaces), *source, std::move(*cgroups)};
}

Result<filter::Filter> resolve_recorded(const SourceOptions& options) {
  std::vector<std::string> words = options.filter_words;
  if (!options.netns.empty() && std::ranges::find(options.netns, "all") == options.netns.end()) {
    if (!words.empty()) {
      words.insert(words.begin(), "(");
      words.insert(words.end(), {")", "and"});
    }
    words.emplace_back("(");
    for (const std::string& name : options.netns) {
      if (words.back() != "(") words.emplace_back("or");
      words.insert(words.end(), {"netns", "=", name});
    }
    words.emplace_back(")");
  }
  return filter::Filter::parse(words, session::recorded_environment());
}

}  // namespace conntrail::cli
