// conntrail diagnose: what is wrong, who does it, and what to do about it.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/base/terminal.h"
#include "conntrail/base/text.h"
#include "conntrail/observe/capture_observation.h"
#include "conntrail/observe/history_observation.h"
#include "conntrail/observe/live_observation.h"
#include "conntrail/recorder/history_range.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/view/finding_json.h"
#include "conntrail/view/finding_text.h"
#include "conntrail/view/observed.h"
#include "options/amounts.h"
#include "options/capture_options.h"
#include "options/source_options.h"
#include "options/table_options.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using diagnose::Topic;

struct DiagnoseOptions {
  SourceOptions source;
  bool json = false;
  bool all = false;
  std::string for_text;
  bool poll = false;
  CaptureOptions files;
  recorder::HistoryRange range;
  std::string database;
};

// The evidence is live, captured or recorded; options that belong to one of them make no sense with another.
void add_evidence_options(CommandLine& line, DiagnoseOptions& options) {
  const auto duration =
      line.add("--for", options.for_text, "DURATION", "watch the live kernel this long (default 10s)");
  const auto poll =
      line.add_flag("--poll", options.poll, "compare snapshots instead of listening to kernel events");
  const auto files = options.files.add_to(line, "diagnose");
  const auto since =
      line.add("--since", options.range.since, "TIME",
               "look at what conntrail record wrote since then: -10m, 14:30, 2026-11-20T14:30Z");
  const auto until = line.add("--until", options.range.until, "TIME", "with --since: up to then");
  const auto database = line.add("--db", options.database, "FILE",
                                 "the recorder's database (default: where conntrail record writes)");
  line.exclude(since, files.from, "--since looks into the recorder's database, --from into a capture");
  for (const auto live : {duration, poll}) only_live(line, live, files.from);
  for (const auto live : {duration, poll, files.capture})
    line.exclude(live, since, line.name(live) + " is for the live host, --since for the recorder's database");
  line.need(until, since);
  line.need(database, since, {}, "such as --since 10m");
}

void add_options(CommandLine& line, DiagnoseOptions& options) {
  options.source.add_to(line);
  add_json(line, options.json);
  line.add_flag("--all", options.all, "show every finding with its figures, also those that ask for nothing");
  add_evidence_options(line, options);
  std::string topics = "Topics, all of them when none is named:\n";
  for (const Topic& topic : diagnose::topics()) {
    fmt::format_to(std::back_inserter(topics), "  {:<12} {}\n", topic.name, topic.summary);
  }
  topics += "\nExit status 1: something critical was found.";
  line.set_footer(topics);
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

// A first word that cannot be parsed may have been meant as a topic.
template <class T>
Result<T> or_near_topic(Result<T> resolved, const SourceOptions& options) {
  if (resolved || options.filter_words.empty() || resolved.error().kind != ErrorKind::usage) return resolved;
  const auto near = near_topic(options.filter_words.front());
  if (!near) return resolved;
  return fail_usage("'" + options.filter_words.front() + "' is neither a topic nor a filter", {},
                    fmt::format("did you mean {}?", *near));
}

Result<std::unique_ptr<observe::Observation>> look_back(const DiagnoseOptions& options) {
  const auto filter = or_near_topic(resolve_recorded(options.source), options.source);
  if (!filter) return std::unexpected(filter.error());
  const auto range = recorder::to_condition(options.range, *filter);
  if (!range) return std::unexpected(range.error());
  return observe::observe_history(*filter, *range, recorder::history_to_read(options.database));
}

Result<std::unique_ptr<observe::Observation>> replay(const DiagnoseOptions& options) {
  const auto filter = or_near_topic(resolve_recorded(options.source), options.source);
  if (!filter) return std::unexpected(filter.error());
  return observe::observe_capture(*filter, options.files.from, stderr_messages());
}

Result<std::unique_ptr<observe::Observation>> watch(const DiagnoseOptions& options) {
  const auto choice = or_near_topic(resolve(options.source), options.source);
  if (!choice) return std::unexpected(choice.error());
  const auto duration = parse_duration_option("--for", options.for_text);
  if (!duration) return std::unexpected(duration.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return std::unexpected(signals.error());
  constexpr Nanoseconds kDefault = std::chrono::seconds(10);
  observe::LiveOptions live;
  live.duration = duration->value_or(kDefault);
  live.poll = options.poll;
  if (!options.files.capture.empty()) {
    live.capture =
        session::CaptureChoice{options.files.capture, live.clock,
                               session::describe(session::kernel_filter(choice->filter, choice->namespaces))};
  }
  return observe::observe_live(*choice, live, *signals, stderr_messages());
}

Result<std::unique_ptr<observe::Observation>> observe(const DiagnoseOptions& options) {
  if (!options.range.since.empty()) return look_back(options);
  if (!options.files.from.empty()) return replay(options);
  return watch(options);
}

view::Observed observed(const observe::Observation& observation) {
  const diagnose::Evidence& evidence = observation.evidence;
  return {.from = evidence.from,
          .to = evidence.to,
          .clock = observation.clock,
          .events = evidence.events,
          .connections = evidence.connections.size(),
          .samples = evidence.samples.size(),
          .lost_events = evidence.lost_events};
}

void append_text(std::string& out, const observe::Observation& observation,
                 const std::vector<Finding>& findings, const Topic* topic, bool all) {
  view::append_observed_text(out, observed(observation));
  view::FindingStyle style;
  style.colour = wants_colour(STDOUT_FILENO);
  style.width = terminal_width(STDOUT_FILENO);
  style.clock = observation.clock;
  style.now = observation.evidence.to;
  if (all) return view::append_all_findings_text(out, findings, style);
  view::append_findings_text(out, findings, diagnose::fine(observation.evidence, findings, topic), style);
}

int print(const observe::Observation& observation, const Topic* topic, const DiagnoseOptions& options) {
  const std::vector<Finding> findings = diagnose::run(observation.evidence, topic);
  Output output;
  if (options.json) {
    view::append_observed_json(output.buffer(), observed(observation));
    for (const Finding& finding : findings)
      view::append_finding_json(output.buffer(), finding, observation.clock);
  } else {
    append_text(output.buffer(), observation, findings, topic, options.all);
  }
  if (const auto written = output.finish(); !written) return report(written.error());
  const bool critical = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::critical; });
  return critical ? 1 : 0;
}

}  // namespace

int run_diagnose(const std::vector<std::string>& words) {
  DiagnoseOptions options;
  CommandLine line("diagnose", "[TOPIC] [FILTER]",
                   "what is wrong with the TCP connections of this host, who does it, and what to do");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  const Topic* topic = take_topic(options.source.filter_words);
  const auto observation = observe(options);
  if (!observation) return report(observation.error());
  for (const std::string& text : (*observation)->notes) note(text);
  return print(**observation, topic, options);
}

}  // namespace conntrail::cli
