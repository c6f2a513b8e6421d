#include "run/rounds.h"

#include <algorithm>
#include <string>
#include <thread>

#include "conntrail/base/text.h"
#include "run/namespace_rounds.h"

namespace conntrail::netstat {

namespace {

// In text a line says whose tables follow; records carry it themselves.
void tell_namespace(const Options& options, Console& console, const snapshot::NetworkNamespace& place) {
  console.set_netns(place.inode, place.name);
  if (options.format != Format::text) return;
  console.text(namespace_title(place));
}

int run_everywhere(const Options& options, Console& console, Namespaces& namespaces,
                   const std::function<int()>& round) {
  const auto targets = namespaces.targets();
  if (!targets) {
    console.message("netstat: " + format_error(targets.error()) + "\n");
    return 1;
  }
  int worst = 0;
  for (const auto& target : *targets) {
    const auto entered = namespaces.enter(target);
    if (!entered && Namespaces::has_gone(entered.error())) continue;
    if (!entered) {
      console.message("netstat: " + format_error(entered.error()) + "\n");
      worst = std::max(worst, 1);
      continue;
    }
    tell_namespace(options, console, target);
    worst = std::max(worst, round());
    if (console.error() != 0) break;
  }
  namespaces.leave();
  return worst;
}

}  // namespace

int run_rounds(const Options& options, Console& console, const std::function<int()>& round,
               const std::function<void()>& beginning) {
  Namespaces namespaces(options.netns);
  for (std::uint64_t done = 1;; ++done) {
    if (beginning) beginning();
    const int status = options.netns.empty() ? round() : run_everywhere(options, console, namespaces, round);
    console.flush();
    if (status != 0 || !options.continuous || done == options.rounds || console.error() != 0) return status;
    std::this_thread::sleep_for(options.interval);
  }
}

}  // namespace conntrail::netstat
