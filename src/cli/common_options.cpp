#include "common_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "conntrail/base/text.h"
#include "conntrail/session/filter_environment.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

int report_unknown_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> spelled;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) spelled.push_back("--" + name);
  }
  const std::vector<std::string_view> names(spelled.begin(), spelled.end());
  const auto near = nearest(word.substr(0, word.find('=')), names);
  return report(
      Error{ErrorKind::usage,
            "unknown option '" + word + "'",
            {},
            near ? fmt::format("did you mean {}?", *near) : "see conntrail " + app.get_name() + " --help",
            0});
}

// The library's own words say neither what was meant nor what to write.
std::string mismatch_text(const CLI::App& app, const CLI::ParseError& error) {
  std::string what = error.what();
  const std::string name = what.substr(0, what.find(':'));
  const CLI::Option* option = name.starts_with('-') ? app.get_option_no_throw(name) : nullptr;
  if (option == nullptr) return what;
  return name + (option->results().size() > 1 ? " is given more than once" : " needs a value");
}

// An empty value is most often a script's variable that is not set; taken as "not given", it would answer
// another question than the one that was asked.
std::optional<std::string> empty_option(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // a flag
    const auto& values = option->results();
    if (std::ranges::find(values, std::string()) != values.end()) return option->get_name();
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> parse_words(CLI::App& app, const std::vector<std::string>& words, CommonOptions& options) {
  // Filter words are taken as they are: the library would read a bracketed IPv6 address as a list.
  app.allow_extras();
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    return report(Error{
        ErrorKind::usage, mismatch_text(app, error), {}, "see conntrail " + app.get_name() + " --help", 0});
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return report(
        Error{ErrorKind::usage, error.what(), {}, "see conntrail " + app.get_name() + " --help", 0});
  }
  options.filter_words = app.remaining();
  for (const std::string& word : options.filter_words) {
    if (word.size() > 1 && word.front() == '-') return report_unknown_option(app, word);
  }
  if (const auto empty = empty_option(app))
    return report(
        fail_usage(*empty + ": the value is empty", {}, "write a value, or leave the option out").error());
  return std::nullopt;
}

CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) {
        return parse_number<std::uint64_t>(text) ? std::string() : "'" + text + "' is no count";
      },
      {});
}

void CommonOptions::add_netns_to(CLI::App& app) {
  app.add_option("--netns", netns,
                 "only this network namespace: all, self, a name, a path, a PID or an inode number")
      ->type_name("NS")
      ->allow_extra_args(false);
}

void CommonOptions::add_json_to(CLI::App& app) {
  app.add_flag("--json", json, "one JSON object per line (docs/records.md)");
}

void CommonOptions::add_source_to(CLI::App& app) {
  add_netns_to(app);
  app.add_option("--source", source, "where tables come from: auto, diag, bpf or proc")->type_name("SOURCE");
}

void CommonOptions::add_to(CLI::App& app) {
  add_source_to(app);
  add_json_to(app);
}

Result<session::CommonChoice> resolve(const CommonOptions& options) {
  auto parsed = filter::Filter::parse(options.filter_words, session::host_environment());
  if (!parsed) return std::unexpected(parsed.error());
  auto namespaces = session::choose_namespaces(options.netns);
  if (!namespaces) return std::unexpected(namespaces.error());
  const auto source = snapshot::parse_source(options.source);
  if (!source)
    return fail_usage("unknown source '" + options.source + "'", {}, "use auto, diag, bpf or proc");
  return session::CommonChoice{std::move(*parsed), std::move(*namespaces), *source};
}

Result<filter::Filter> resolve_recorded(const CommonOptions& options) {
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
  return filter::Filter::parse(words, session::host_environment());
}

Result<std::optional<Nanoseconds>> parse_duration_option(const std::string& name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto duration = parse_duration(text);
  if (!duration)
    return fail_usage(name + ": '" + text + "' is no duration", {},
                      "write a number and a unit, such as 500ms, 10s or 5m");
  return *duration;
}

void add_range_to(CLI::App& app, recorder::HistoryRange& range) {
  app.add_option("--since", range.since, "open at or after this time: -10m, 14:30, yesterday 14:30, RFC 3339")
      ->type_name("TIME");
  app.add_option("--until", range.until, "opened before this time")->type_name("TIME");
}

Messages stderr_messages() {
  static StderrMessages sink;
  return Messages(sink);
}

int report(const Error& error) {
  stderr_messages().error(error);
  return exit_code(error.kind);
}

void note(const std::string& text) { stderr_messages().note(printable(text)); }

}  // namespace conntrail::cli
