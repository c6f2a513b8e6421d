// conntrail list: the connections of this moment, and those just gone.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/base/terminal.h"
#include "conntrail/recorder/recorder_memory.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/loss_counter.h"
#include "conntrail/session/namespace_names.h"
#include "conntrail/session/session.h"
#include "conntrail/view/table.h"
#include "list_table.h"
#include "options/amounts.h"
#include "options/usage_error.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;

void add_options(CommandLine& line, ListOptions& options) {
  options.source.add_to(line);
  const auto cgroup = options.source.add_cgroup_to(line);
  const auto listen = line.add("--for", options.for_text, "DURATION",
                               "listen this long first, so that trails and closed connections are known");
  const auto watch = line.add("--watch", options.watch_text, "DURATION",
                              "show the table again at this interval, such as 1s");
  line.add("--count", options.count, "N", "with --watch: end after so many tables");
  const auto summary =
      line.add_flag("--summary", options.summary,
                    "how many sockets of each state and family, as ss -s (with --json, --csv, too)");
  const auto table =
      options.table.add_to(line, {"KEYS", "columns to sort by, - before a name turns it round: state,-age",
                                  "columns to show: state,owner,remote; +netns adds, -trail takes away"});
  for (const auto other : {table.sort, table.columns})
    line.exclude(summary, other, "--summary has columns and an order of its own",
                 "leave out --sort and --columns");
  const auto files = options.files.add_to(line, "show");
  for (const auto live : {listen, watch, cgroup}) only_live(line, live, files.from);
  const auto at = line.add(
      "--at", options.at, "TIME",
      "with --from: the table of this moment: 14:30:05, -10s (before its end), +5s (after its start)");
  line.need(at, files.from, "--at needs a capture to look into", "give it with --from FILE");
  const auto history = line.add(
      "--history", options.history, "FILE",
      "what a running recorder remembers: trails, opening times, owners of TIME_WAIT; from this database "
      "(the default one is used when it is fresh)");
  line.exclude(cgroup, history);  // a recorder does not keep the cgroups of sockets
  line.add_flag("--no-history", options.no_history, "do not ask the recorder");
  std::string columns = "Columns:\n";
  for (const view::Column& column : view::connection_columns()) {
    fmt::format_to(std::back_inserter(columns), "  {:<16} {}{}\n", column.key, column.help,
                   column.by_default ? " (default)" : "");
  }
  line.set_footer(columns);
}

class List {
 public:
  List(const ListOptions& options, const session::CommonChoice& choice, view::TableOptions table,
       Signals signals)
      : options_(options),
        choice_(choice),
        table_(options, choice.filter, std::move(table), clock_),
        signals_(std::move(signals)) {}

  int run(std::optional<Nanoseconds> listen, std::optional<Nanoseconds> watch);

 private:
  Result<void> listen_for(session::Session& session, Nanoseconds duration);
  Result<std::vector<Connection>> remembered() const;

  const ListOptions& options_;
  const session::CommonChoice& choice_;
  const WallClock clock_ = WallClock::measure();
  ListTable table_;
  Signals signals_;
  Output output_;
  session::LossCounter sink_;
  bool interrupted_ = false;
};

// Nothing is said when the default database cannot be used: most hosts have none.
Result<std::vector<Connection>> List::remembered() const {
  // What a recorder remembers is not known by the cgroup of its socket.
  if (options_.no_history || !choice_.cgroup_ids.empty()) return {};
  auto memory = recorder::recorder_memory(options_.history);
  if (!memory && options_.history.empty()) return {};
  // What a recorder was allowed to keep is shown only when it is asked for here, too.
  if (memory && !(table_.shows("title") || choice_.filter.asks_for_titles())) {
    for (Connection& connection : *memory) connection.title.clear();
  }
  if (memory && !choice_.namespaces.all) {
    // Namespaces that are not looked at are not shown either.
    std::erase_if(*memory, [this](const Connection& connection) {
      return std::ranges::none_of(choice_.namespaces.chosen, [&](const auto& ns) {
        return may_be_same({ns.inode, ns.cookie}, connection.tuple.network_namespace());
      });
    });
  }
  return memory;
}

Result<void> List::listen_for(session::Session& session, Nanoseconds duration) {
  const MonoTime end = mono_now() + duration;
  return session.run(signals_.fd(), std::min<Nanoseconds>(duration, milliseconds(50)), [&](MonoTime now) {
    while (signals_.next()) interrupted_ = true;
    return !interrupted_ && now < end;
  });
}

int List::run(std::optional<Nanoseconds> listen, std::optional<Nanoseconds> watch) {
  // A plain table pays nothing for BPF: it is one snapshot.
  const bool listening = listen.has_value() || watch.has_value();
  session::SessionOptions session_options;
  session_options.stream.filter = session::kernel_filter(choice_.filter, choice_.namespaces);
  session_options.stream.filter.cgroup_ids = choice_.cgroup_ids;
  session_options.namespaces = choice_.namespaces;
  session_options.source = choice_.source;
  session_options.resync_interval = session::resync_interval(session_options.stream.filter);
  session_options.events = listening;
  session_options.titles = table_.shows("title") || choice_.filter.asks_for_titles();
  session_options.statistics = true;
  session_options.messages = stderr_messages();
  session_options.on_clock = [this](WallClock set) { table_.set_clock(set); };
  if (!options_.files.capture.empty())
    session_options.capture = session::CaptureChoice{options_.files.capture, clock_,
                                                     session::describe(session_options.stream.filter)};
  auto memory = remembered();
  if (!memory) return report(memory.error());
  // The recorder knows only living connections; those that are gone left the kernel's table before it was
  // read.
  table_.hide_gone(!listening);
  auto session = session::Session::start(session_options, sink_, {}, *memory);
  if (!session) return report(session.error());
  session::explain_polling(**session, stderr_messages());
  session::explain_gaps(**session, stderr_messages());

  if (listen) {
    if (auto outcome = listen_for(**session, *listen); !outcome) return report(outcome.error());
  }
  const bool terminal = output_.is_terminal();
  std::size_t shown = 0;
  for (std::uint64_t round = 1;; ++round) {
    if (listening) {
      if (auto refreshed = (*session)->refresh(); !refreshed) return report(refreshed.error());
    }
    if (watch && terminal) output_.append("\x1b[H\x1b[2J");
    if (watch && terminal) table_.set_width(terminal_width(STDOUT_FILENO));
    const MonoTime now = mono_now();
    (*session)->advance(now);
    if (session_options.titles) (*session)->renew_titles();
    shown = table_.print(output_, (*session)->tracker(), now, sink_.count());
    if (!output_.flush()) break;
    if (!watch || interrupted_ || (options_.count && round >= *options_.count)) break;
    if (auto outcome = listen_for(**session, *watch); !outcome) return report(outcome.error());
    if (interrupted_) break;
    if (!terminal && !options_.table.json) output_.append("\n");
  }
  if (const auto captured = (*session)->finish_capture(); !captured) return report(captured.error());
  if (const auto written = output_.finish(); !written) return report(written.error());
  return shown > 0 || watch ? 0 : 1;
}

Result<view::TableOptions> table_options(const ListOptions& options) {
  view::TableOptions table;
  // A "+" with nothing added means the default columns.
  auto columns = view::parse_columns(options.table.columns.empty() ? "+state" : options.table.columns);
  if (!columns) return std::unexpected(columns.error());
  table.columns = std::move(*columns);
  if (!options.table.sort.empty()) {
    auto sort = view::parse_sort(options.table.sort);
    if (!sort) return std::unexpected(sort.error());
    table.sort = std::move(*sort);
  }
  table.header = !options.table.no_header;
  table.width = terminal_width(STDOUT_FILENO);
  table.colour = wants_colour(STDOUT_FILENO);
  // Where columns are named one by one they are exactly these.
  table.netns_by_itself = options.table.columns.empty() || options.table.columns.find_first_of("+-") == 0;
  return table;
}

}  // namespace

int run_list(const std::vector<std::string>& words) {
  ListOptions options;
  CommandLine line("list", "[FILTER]", "current TCP connections, and those just gone");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  if (options.files.capture == "-")
    return report(
        usage_error("the table and the capture cannot both go to stdout", {}, "give --capture a file"));
  auto table = table_options(options);
  if (!table) return report(table.error());
  if (!options.files.from.empty()) return list_recorded(options, std::move(*table));
  auto choice = resolve(options.source);
  if (!choice) return report(choice.error());
  table->namespaces = session::host_namespace_labels();
  const auto listen = parse_duration_option("--for", options.for_text);
  if (!listen) return report(listen.error());
  const auto watch = parse_duration_option("--watch", options.watch_text);
  if (!watch) return report(watch.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());
  return List(options, *choice, std::move(*table), std::move(*signals)).run(*listen, *watch);
}

}  // namespace conntrail::cli
