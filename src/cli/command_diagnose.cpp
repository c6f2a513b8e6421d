// conntrail diagnose: what is wrong, who does it, and what to do about it.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "commands.h"
#include "common_options.h"
#include "conntrail/base/text.h"
#include "evidence_line.h"
#include "finding_json.h"
#include "finding_text.h"
#include "live_observation.h"
#include "output.h"
#include "signals.h"
#include "terminal.h"

namespace conntrail::cli {
namespace {

using diagnose::Finding;
using diagnose::Severity;
using diagnose::Topic;

struct DiagnoseOptions {
  CommonOptions common;
  std::string for_text;
  bool poll = false;
};

void add_options(CLI::App& app, DiagnoseOptions& options) {
  options.common.add_to(app);
  app.add_option("--for", options.for_text, "watch the live kernel this long (default 10s)")
      ->type_name("DURATION");
  app.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  std::string topics = "Topics, all of them when none is named:\n";
  for (const Topic& topic : diagnose::topics()) {
    fmt::format_to(std::back_inserter(topics), "  {:<12} {}\n", topic.name, topic.summary);
  }
  topics += "\nExit status 1: something critical was found.";
  app.footer(topics);
}

std::optional<std::string_view> near_topic(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Topic& topic : diagnose::topics()) names.push_back(topic.name);
  return nearest(word, names);
}

// The first word that is a topic's name is the topic; the filter is the rest.
const Topic* take_topic(std::vector<std::string>& words) {
  if (words.empty()) return nullptr;
  const Topic* topic = diagnose::find_topic(words.front());
  if (topic != nullptr) words.erase(words.begin());
  return topic;
}

Result<CommonChoice> resolve_filter(const CommonOptions& options) {
  auto choice = resolve(options);
  if (choice || options.filter_words.empty()) return choice;
  const auto near = near_topic(options.filter_words.front());
  if (!near || choice.error().kind != ErrorKind::usage) return choice;
  return fail_usage("'" + options.filter_words.front() + "' is neither a topic nor a filter", {},
                    fmt::format("did you mean {}?", *near));
}

int print(const Observation& observation, const Topic* topic, bool json) {
  const std::vector<Finding> findings = diagnose::run(observation.evidence, topic);
  Output output;
  if (json) {
    append_evidence_json(output.buffer(), observation);
    for (const Finding& finding : findings) append_finding_json(output.buffer(), finding);
  } else {
    append_evidence_text(output.buffer(), observation);
    FindingStyle style;
    style.colour = wants_colour(STDOUT_FILENO);
    style.width = terminal_width(STDOUT_FILENO);
    for (const Finding& finding : findings) append_finding_text(output.buffer(), finding, style);
    if (findings.empty()) output.append("Nothing to report.\n");
  }
  if (!output.flush() && output.error() != 0) {
    return report(fail_errno("cannot write the output", output.error()).error());
  }
  const bool critical = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::critical; });
  return critical ? 1 : 0;
}

}  // namespace

int run_diagnose(const std::vector<std::string>& words) {
  DiagnoseOptions options;
  CLI::App app("what is wrong with the TCP connections of this host, who does it, and what to do",
               "diagnose");
  add_options(app, options);
  if (const auto code = parse_words(app, words, options.common)) return *code;
  const Topic* topic = take_topic(options.common.filter_words);
  const auto choice = resolve_filter(options.common);
  if (!choice) return report(choice.error());
  const auto duration = parse_duration_option("--for", options.for_text);
  if (!duration) return report(duration.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());

  constexpr Nanoseconds kDefault = std::chrono::seconds(10);
  LiveOptions live;
  live.duration = duration->value_or(kDefault);
  live.poll = options.poll;
  const auto observation = observe_live(*choice, live, *signals);
  if (!observation) return report(observation.error());
  for (const std::string& text : (*observation)->notes) note(text);
  return print(**observation, topic, options.common.json);
}

}  // namespace conntrail::cli
