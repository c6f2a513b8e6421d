// conntrail list: the connections of this moment, and those just gone.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "commands.h"
#include "common_options.h"
#include "conntrail/base/output.h"
#include "conntrail/base/signals.h"
#include "conntrail/base/terminal.h"
#include "conntrail/recorder/recorder_memory.h"
#include "conntrail/session/explain.h"
#include "conntrail/session/filter_environment.h"
#include "conntrail/session/loss_counter.h"
#include "conntrail/session/session.h"
#include "conntrail/view/table.h"
#include "list_table.h"

namespace conntrail::cli {
namespace {

using std::chrono::milliseconds;

void add_options(CLI::App& app, ListOptions& options) {
  options.common.add_to(app);
  app.add_option("--for", options.for_text,
                 "listen this long first, so that trails and closed connections are known")
      ->type_name("DURATION");
  app.add_option("--watch", options.watch_text, "show the table again at this interval, such as 1s")
      ->type_name("DURATION");
  app.add_option("--count", options.count, "with --watch: end after so many tables")
      ->type_name("N")
      ->check(whole_number());
  app.add_option("--sort", options.sort, "columns to sort by, - before a name turns it round: state,-age")
      ->type_name("KEYS");
  app.add_option("--columns", options.columns,
                 "columns to show: state,owner,remote; +netns adds, -trail takes away")
      ->type_name("NAMES");
  app.add_option("--capture", options.capture, "also write everything to this file, for --from")
      ->type_name("FILE");
  app.add_option("--from", options.from, "show a capture instead of this host's present; - is stdin")
      ->type_name("FILE");
  app.add_option(
         "--at", options.at,
         "with --from: the table of this moment: 14:30:05, -10s (before its end), +5s (after its start)")
      ->type_name("TIME");
  app.add_flag("--csv", options.csv, "comma-separated values, RFC 4180");
  app.add_flag("--no-header", options.no_header, "no header line");
  app.add_option(
         "--history", options.history,
         "what a running recorder remembers: trails, opening times, owners of TIME_WAIT; from this database "
         "(the default one is used when it is fresh)")
      ->type_name("FILE");
  app.add_flag("--no-history", options.no_history, "do not ask the recorder");
  std::string columns = "Columns:\n";
  for (const view::Column& column : view::connection_columns()) {
    fmt::format_to(std::back_inserter(columns), "  {:<16} {}{}\n", column.key, column.help,
                   column.by_default ? " (default)" : "");
  }
  app.footer(columns);
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
  void say_what_is_missing(const session::Session& session, bool listening);

  const ListOptions& options_;
  const session::CommonChoice& choice_;
  const WallClock clock_ = WallClock::measure();
  ListTable table_;
  Signals signals_;
  Output output_;
  session::LossCounter sink_;
  bool interrupted_ = false;
};

// Of the default database nobody is told why it gives nothing: most hosts have none.
Result<std::vector<Connection>> List::remembered() const {
  if (options_.no_history) return {};
  auto memory = recorder::recorder_memory(options_.history);
  if (!memory && options_.history.empty()) return {};
  if (memory && !choice_.namespaces.all) {
    // What is not looked at is not shown either.
    std::erase_if(*memory, [this](const Connection& connection) {
      return std::ranges::none_of(choice_.namespaces.chosen,
                                  [&](const auto& ns) { return ns.inode == connection.tuple.netns; });
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

void List::say_what_is_missing(const session::Session& session, bool listening) {
  if (const std::optional<Error>& why = session.why_polling(); listening && why) {
    note("no kernel events: " + format_error(*why));
    note("comparing snapshots instead: short connections can be missed (see conntrail doctor)");
  }
  for (const std::string& text : session.notes()) note(text);
}

int List::run(std::optional<Nanoseconds> listen, std::optional<Nanoseconds> watch) {
  // A plain table pays nothing for BPF: it is one snapshot.
  const bool listening = listen.has_value() || watch.has_value();
  session::SessionOptions session_options;
  session_options.stream.filter = session::kernel_filter(choice_.filter, choice_.namespaces);
  session_options.namespaces = choice_.namespaces;
  session_options.source = choice_.source;
  session_options.resync_interval = session::resync_interval(session_options.stream.filter);
  session_options.events = listening;
  if (!options_.capture.empty())
    session_options.capture =
        session::CaptureChoice{options_.capture, clock_, session::describe(session_options.stream.filter)};
  auto memory = remembered();
  if (!memory) return report(memory.error());
  // Of those only the recorder knows, and they went before the table was read.
  table_.hide_gone(!listening);
  auto session = session::Session::start(session_options, sink_, {}, *memory);
  if (!session) return report(session.error());
  say_what_is_missing(**session, listening);

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
    shown = table_.print(output_, (*session)->tracker(), now, sink_.count());
    if (!output_.flush()) break;
    if (!watch || interrupted_ || (options_.count && round >= *options_.count)) break;
    if (auto outcome = listen_for(**session, *watch); !outcome) return report(outcome.error());
    if (interrupted_) break;
    if (!terminal && !options_.common.json) output_.append("\n");
  }
  if (const auto captured = (*session)->finish_capture(); !captured) return report(captured.error());
  if (output_.error() != 0) return report(fail_errno("cannot write the output", output_.error()).error());
  return shown > 0 || watch ? 0 : 1;
}

// A capture stands for the host: what asks something of the kernel has no meaning with it.
Result<void> check_files(const ListOptions& options) {
  if (options.capture == "-")
    return fail_usage("the table and the capture cannot both go to stdout", {}, "give --capture a file");
  if (options.from.empty()) {
    if (options.at.empty()) return {};
    return fail_usage("--at needs a capture to look into", {}, "give it with --from FILE");
  }
  const char* const other = !options.capture.empty()      ? "--capture"
                            : !options.for_text.empty()   ? "--for"
                            : !options.watch_text.empty() ? "--watch"
                                                          : nullptr;
  if (other != nullptr)
    return fail_usage(std::string(other) + " is for the live host, --from for a capture", {}, "choose one");
  return {};
}

Result<view::TableOptions> table_options(const ListOptions& options) {
  view::TableOptions table;
  // An addition of nothing: the default columns.
  auto columns = view::parse_columns(options.columns.empty() ? "+state" : options.columns);
  if (!columns) return std::unexpected(columns.error());
  table.columns = std::move(*columns);
  if (!options.sort.empty()) {
    auto sort = view::parse_sort(options.sort);
    if (!sort) return std::unexpected(sort.error());
    table.sort = std::move(*sort);
  }
  table.header = !options.no_header;
  table.width = terminal_width(STDOUT_FILENO);
  table.colour = wants_colour(STDOUT_FILENO);
  return table;
}

}  // namespace

int run_list(const std::vector<std::string>& words) {
  ListOptions options;
  CLI::App app("current TCP connections, and those just gone", "list");
  add_options(app, options);
  if (const auto code = parse_words(app, words, options.common)) return *code;
  if (options.csv && options.common.json)
    return report(fail_usage("--csv and --json exclude each other", {}, "choose one").error());
  if (const auto fits = check_files(options); !fits) return report(fits.error());
  auto table = table_options(options);
  if (!table) return report(table.error());
  if (!options.from.empty()) return list_recorded(options, std::move(*table));
  auto choice = resolve(options.common);
  if (!choice) return report(choice.error());
  const auto listen = parse_duration_option("--for", options.for_text);
  if (!listen) return report(listen.error());
  const auto watch = parse_duration_option("--watch", options.watch_text);
  if (!watch) return report(watch.error());
  auto signals = Signals::take({SIGINT, SIGTERM, SIGHUP});
  if (!signals) return report(signals.error());
  return List(options, *choice, std::move(*table), std::move(*signals)).run(*listen, *watch);
}

}  // namespace conntrail::cli
