// conntrail doctor: what this kernel and these privileges allow, which source each command uses, and why.
#include <fmt/format.h>

#include "commands.h"
#include "conntrail/base/json_object.h"
#include "conntrail/base/output.h"
#include "conntrail/base/terminal.h"
#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "conntrail/kernel/probe.h"
#include "conntrail/snapshot/snapshot.h"
#include "conntrail/store/history.h"
#include "options/table_options.h"
#include "options/usage_error.h"
#include "parse_words.h"
#include "recorder_log_lines.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

constexpr std::size_t kMarkWidth = 4;
constexpr std::size_t kNameWidth = 32;
constexpr std::size_t kCommandWidth = 20;

struct CommandSource {
  std::string command;
  std::string source;
  std::string why;
};

bool works(const std::vector<kernel::ProbeItem>& items, std::string_view name) {
  for (const kernel::ProbeItem& item : items) {
    if (item.name == name) return item.works;
  }
  return false;
}

std::vector<CommandSource> command_sources(const kernel::ProbeReport& report, bool diag) {
  std::vector<CommandSource> sources;
  if (report.tracing_works) {
    sources.push_back({"trace", "kernel events + snapshot", "the lifecycle programs load and attach"});
  } else {
    sources.push_back(
        {"trace", "comparing snapshots", "kernel events cannot be had: see the failing items above"});
  }
  const std::string table = diag ? "sock_diag" : "/proc/net";
  const std::string why_table = diag ? "netlink answers" : "netlink does not answer";
  sources.push_back({"list", table, why_table});
  sources.push_back(
      {"list --for, --watch", report.tracing_works ? table + " + kernel events" : table + ", compared",
       report.tracing_works ? "trails and owners come from events" : "kernel events cannot be had"});
  sources.push_back({"netstat", table, why_table});
  const bool task_file = works(report.iterators, "iter/task_file");
  sources.push_back(
      {"owners", task_file ? "iter/task_file or /proc/PID/fd" : "/proc/PID/fd",
       task_file ? "whichever is quicker for the number of processes" : "the iterator cannot be loaded"});
  return sources;
}

void append_item_json(JsonWriter& json, std::string_view group, const kernel::ProbeItem& item) {
  JsonObject line(json);
  line.text("type", group);
  line.text("name", item.name);
  line.boolean("works", item.works);
  line.boolean("required", item.required);
  line.text("purpose", item.purpose);
  if (!item.reason.empty()) line.text("reason", item.reason);
  line.end();
  json.raw("\n");
}

void append_kernel_json(JsonWriter& json, const kernel::ProbeReport& report) {
  JsonObject line(json);
  line.text("type", "kernel");
  line.text("release", report.kernel_release);
  line.text("machine", report.machine);
  line.boolean("btf", report.btf);
  line.boolean("tracing_works", report.tracing_works);
  line.boolean("missing_privilege", report.missing_privilege);
  line.end();
  json.raw("\n");
}

void append_source_json(JsonWriter& json, const CommandSource& source) {
  JsonObject line(json);
  line.text("type", "source");
  line.text("command", source.command);
  line.text("source", source.source);
  line.text("why", source.why);
  line.end();
  json.raw("\n");
}

std::string as_json(const kernel::ProbeReport& report, const std::vector<CommandSource>& sources) {
  std::string out;
  JsonWriter json(out);
  append_kernel_json(json, report);
  for (const auto& item : report.capabilities) append_item_json(json, "capability", item);
  for (const auto& item : report.programs) append_item_json(json, "program", item);
  for (const auto& item : report.iterators) append_item_json(json, "iterator", item);
  for (const CommandSource& source : sources) append_source_json(json, source);
  json.flush();
  return out;
}

void append_items(std::string& out, std::string_view title, const std::vector<kernel::ProbeItem>& items,
                  bool colour) {
  out += fmt::format("\n{}\n", title);
  TextRow row(out, colour);
  for (const kernel::ProbeItem& item : items) {
    row.gap(2);
    // The blanks are part of the word, so that the colour reaches to the next column.
    if (item.works) {
      row.left("yes ", kMarkWidth, kGreen);
    } else {
      row.left(item.required ? "NO  " : "no  ", kMarkWidth, item.required ? kRed : kYellow);
    }
    row.left(item.name, kNameWidth);
    row.gap(1);
    row.left(item.purpose, 0);
    row.end();
    if (!item.reason.empty()) out += fmt::format("      {}\n", printable(item.reason));
  }
}

void append_sources(std::string& out, const std::vector<CommandSource>& sources) {
  out += "\nSources\n";
  TextRow row(out, false);
  for (const CommandSource& source : sources) {
    row.gap(2);
    row.left(source.command, kCommandWidth);
    row.gap(1);
    row.left(source.source, kNameWidth);
    row.gap(1);
    row.left(source.why, 0);
    row.end();
  }
}

std::string as_text(const kernel::ProbeReport& report, const std::vector<CommandSource>& sources,
                    bool colour) {
  std::string out =
      fmt::format("kernel {} ({}), type information (BTF) {}\n", printable(report.kernel_release),
                  printable(report.machine), report.btf ? "present" : "missing");
  append_items(out, "Capabilities", report.capabilities, colour);
  append_items(out, "Tracepoint programs", report.programs, colour);
  append_items(out, "Iterators", report.iterators, colour);
  append_sources(out, sources);
  out += "\n";
  if (report.tracing_works) {
    out += "Tracing works fully.\n";
  } else if (report.missing_privilege) {
    out +=
        "Tracing needs more privilege: run as root, or with CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and "
        "CAP_SYS_PTRACE.\n";
  } else {
    out +=
        "Tracing does not work on this kernel; trace compares snapshots. Linux 5.11 with BTF or newer has "
        "all of it.\n";
  }
  return out;
}

bool diag_answers() {
  snapshot::Request request;
  request.source = snapshot::Source::diag;
  request.inet6 = false;
  const auto taken = snapshot::take(request);
  return taken.has_value();
}

}  // namespace

int run_doctor(const std::vector<std::string>& words) {
  bool json = false;
  std::string database = store::default_history_path();
  std::vector<std::string> rest;
  CommandLine line("doctor", "", "what this kernel and these privileges allow");
  add_json(line, json);
  line.add("--db", database, "FILE",
           "the database of the recorder whose log is shown (default " + database + ")");
  if (const auto code = parse_words(line, words, rest)) return *code;
  if (!rest.empty())
    return report(
        usage_error("doctor takes no filter", "'" + rest.front() + "'", "see conntrail doctor --help"));

  const kernel::ProbeReport probed = kernel::probe();
  const auto sources = command_sources(probed, diag_answers());
  Output output;
  output.append(json ? as_json(probed, sources) : as_text(probed, sources, wants_colour(STDOUT_FILENO)));
  output.append(recorder_log_lines(database, json));
  if (const auto written = output.finish(); !written) return report(written.error());
  if (probed.tracing_works) return 0;
  return exit_code(probed.missing_privilege ? ErrorKind::not_permitted : ErrorKind::unsupported);
}

}  // namespace conntrail::cli
