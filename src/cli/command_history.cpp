// conntrail history: the connections a recorder has written down, or a capture holds.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "commands.h"
#include "conntrail/base/output.h"
#include "conntrail/base/terminal.h"
#include "conntrail/base/text.h"
#include "conntrail/base/time_zone.h"
#include "conntrail/model/listener.h"
#include "conntrail/recorder/history_groups.h"
#include "conntrail/recorder/history_source.h"
#include "conntrail/store/keys.h"
#include "conntrail/view/history.h"
#include "conntrail/view/line.h"
#include "conntrail/view/table.h"
#include "options/range_options.h"
#include "options/source_options.h"
#include "options/table_options.h"
#include "parse_words.h"
#include "stderr_messages.h"

namespace conntrail::cli {
namespace {

using store::HistoryRecord;

struct HistoryOptions {
  SourceOptions source;
  RangeOptions recorded;
  TableOptions table;
  std::vector<std::string> group_by;
  std::optional<std::uint64_t> top;
  bool open = false;
  bool listeners = false;
};

constexpr std::string_view kSortKeys =
    "duration, connect, bytes_sent, bytes_received, retransmits, rtt, opened, closed or id";

// "service, remote_addr, … or cgroup_id"
std::string group_key_list() {
  std::string list;
  const std::vector<std::string_view> names = recorder::group_by_names();
  for (const std::string_view& name : names) {
    if (!list.empty()) list += &name == &names.back() ? " or " : ", ";
    list += name;
  }
  return list;
}

void add_options(CommandLine& line, HistoryOptions& options) {
  options.source.add_netns_to(line);
  options.recorded.add_to(line);
  const auto table = options.table.add_to(
      line, {"KEY", fmt::format("greatest first, with - before it least first: {}", kSortKeys),
             "columns to show: id,owner,remote; +trail adds, -state takes away"});
  line.add("--top", options.top, "N",
           "only the first N, without --sort the newest N; of groups on a terminal 20");
  const auto group_by =
      line.add_list("--group-by", options.group_by, "KEY[,KEY]",
                    "count connections by " + group_key_list() +
                        "; service is the server's address and port, whichever side saw it");
  for (const auto other : {table.sort, table.columns})
    line.exclude(group_by, other, "--group-by has its own order and columns",
                 "leave out --sort and --columns");
  line.add_flag("--open", options.open, "only connections of which something was left when last seen");
  line.add_flag("--listeners", options.listeners,
                "sockets that listen, too; without it only a filter such as 'state listen' shows them");
  line.set_footer("Without --sort the order is that of their ids, the newest last.");
}

// The words as parsed.
struct Query {
  filter::Filter filter;
  store::Condition condition;
  store::SortKey sort = store::SortKey::id;
  bool sorted = false;
  bool descending = false;
  std::vector<recorder::GroupBy> group_by;
  bool listeners = false;
};

Result<void> parse_order(const HistoryOptions& options, Query& query) {
  std::string_view name = options.table.sort;
  query.sorted = !name.empty();
  query.descending = query.sorted;
  if (name.starts_with('-') || name.starts_with('+')) {
    query.descending = name.front() == '+';
    name.remove_prefix(1);
  }
  if (!query.sorted) return {};
  const auto key = store::parse_sort_key(to_lower(name));
  if (!key) {
    return fail_usage("--sort: unknown key '" + printable(name) + "'", {}, fmt::format("use {}", kSortKeys));
  }
  query.sort = *key;
  return {};
}

Result<void> parse_group(const HistoryOptions& options, Query& query) {
  for (const std::string& name : options.group_by) {
    const auto by = recorder::parse_group_by(to_lower(name));
    if (!by)
      return fail_usage("--group-by: unknown key '" + printable(name) + "'", {}, "use " + group_key_list());
    query.group_by.push_back(*by);
  }
  return {};
}

Result<Query> parse(const HistoryOptions& options) {
  auto filter = resolve_recorded(options.source);
  if (!filter) return std::unexpected(filter.error());
  auto condition = recorder::to_condition(options.recorded.range, *filter);
  if (!condition) return std::unexpected(condition.error());
  condition->open_only = options.open;
  Query query{std::move(*filter), std::move(*condition), store::SortKey::id, false, false, {}, false};
  query.listeners = options.listeners || query.filter.names_state(TcpState::listen);
  if (auto order = parse_order(options, query); !order) return std::unexpected(order.error());
  if (auto group = parse_group(options, query); !group) return std::unexpected(group.error());
  return query;
}

// Prints records as they come; a table in parts of so many rows.
class RecordPrinter {
 public:
  RecordPrinter(Output& output, const HistoryOptions& options, view::TableOptions table)
      : output_(output), options_(options), table_(std::move(table)) {}

  // False when nobody reads any more.
  bool add(HistoryRecord record) {
    ++count_;
    if (options_.table.json) {
      view::JsonLines(record.clock).append(output_.buffer(), record.connection, record.seen);
      return output_.flush_if_large();
    }
    part_.push_back(std::move(record));
    constexpr std::size_t kPart = 1000;
    return part_.size() < kPart || print_part();
  }
  void finish() {
    if (!options_.table.json && (!part_.empty() || count_ == 0)) print_part();
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  bool print_part() {
    std::vector<view::TableRow> rows;
    rows.reserve(part_.size());
    for (const HistoryRecord& record : part_) rows.push_back({&record.connection, record.clock, record.seen});
    output_.append(options_.table.csv ? view::render_csv(rows, table_)
                                      : view::render_table(rows, table_, &widths_));
    part_.clear();
    table_.header = false;
    return output_.flush();
  }

  Output& output_;
  const HistoryOptions& options_;
  view::TableOptions table_;
  view::TableWidths widths_;
  std::vector<HistoryRecord> part_;
  std::uint64_t count_ = 0;
};

class History {
 public:
  History(const HistoryOptions& options, const Query& query, recorder::HistorySource& source)
      : options_(options), query_(query), source_(source) {}

  int run();

 private:
  [[nodiscard]] bool matches(const HistoryRecord& record) const {
    return recorder::fits_time(query_.condition, record) &&
           (query_.listeners || !is_listener(record.connection)) &&
           (query_.filter.matches_everything() || query_.filter.matches(record.connection, record.seen));
  }
  Result<std::uint64_t> print_records(view::TableOptions table);
  Result<void> visit_records(RecordPrinter& printer);
  Result<void> newest(RecordPrinter& printer, std::uint64_t count);
  Result<void> first(RecordPrinter& printer, std::size_t count);
  Result<std::uint64_t> print_groups();
  Result<void> print_gaps();

  const HistoryOptions& options_;
  const Query& query_;
  recorder::HistorySource& source_;
  Output output_;
};

// In the order of a log: of the newest records, the oldest first.
Result<void> History::newest(RecordPrinter& printer, std::uint64_t count) {
  std::deque<HistoryRecord> found;
  auto done = source_.for_each(query_.condition, store::SortKey::id, true, [&](const HistoryRecord& record) {
    if (matches(record)) found.push_front(record);
    return found.size() < count;
  });
  for (HistoryRecord& record : found) printer.add(std::move(record));
  return done;
}

// Without looking at every row. Sockets that listen are few and often among the first.
Result<void> History::first(RecordPrinter& printer, std::size_t count) {
  constexpr std::size_t kSpare = 64;
  for (std::size_t asked = count;; asked = asked * 2 + kSpare) {
    auto records = source_.top(query_.condition, query_.sort, query_.descending, asked);
    if (!records) return std::unexpected(records.error());
    const bool all = records->size() < asked;
    std::erase_if(*records, [this](const HistoryRecord& record) {
      return !query_.listeners && is_listener(record.connection);
    });
    if (records->size() < count && !all) continue;
    if (records->size() > count) records->resize(count);
    for (HistoryRecord& record : *records) printer.add(std::move(record));
    return {};
  }
}

Result<void> History::visit_records(RecordPrinter& printer) {
  if (options_.top == 0) return {};
  if (options_.top && !query_.sorted) return newest(printer, *options_.top);
  if (options_.top && query_.filter.matches_everything()) return first(printer, *options_.top);
  return source_.for_each(query_.condition, query_.sort, query_.descending, [&](const HistoryRecord& record) {
    if (!matches(record)) return true;
    return printer.add(record) && !(options_.top && printer.count() >= *options_.top);
  });
}

Result<std::uint64_t> History::print_records(view::TableOptions table) {
  RecordPrinter printer(output_, options_, std::move(table));
  if (auto done = visit_records(printer); !done) return std::unexpected(done.error());
  printer.finish();
  return printer.count();
}

Result<std::uint64_t> History::print_groups() {
  recorder::GroupQuery query{query_.condition, query_.group_by, {}, query_.listeners};
  if (!query_.filter.matches_everything())
    query.matches = [this](const HistoryRecord& r) { return matches(r); };
  auto groups = recorder::count_groups(source_, query);
  if (!groups) return std::unexpected(groups.error());
  const std::size_t found = groups->size();
  // A screen full for people; scripts get everything.
  constexpr std::uint64_t kScreen = 20;
  const bool screen = !options_.top && output_.is_terminal() && !options_.table.json && !options_.table.csv;
  const std::uint64_t most = options_.top.value_or(screen ? kScreen : found);
  if (found > most) groups->resize(most);
  std::vector<std::string_view> keys;
  for (const recorder::GroupBy& by : query_.group_by) keys.push_back(by.name());
  if (options_.table.json) {
    for (const Group& group : *groups) view::append_group_json(output_.buffer(), group, keys);
  } else if (options_.table.csv) {
    output_.append(view::render_groups_csv(*groups, keys, !options_.table.no_header));
  } else {
    output_.append(
        view::render_groups(*groups, keys, wants_colour(STDOUT_FILENO), !options_.table.no_header));
  }
  if (screen && found > most) {
    output_.flush();
    note(fmt::format("and {} more (--top {} shows all)", found - most, found));
  }
  return groups->size();
}

// Gaps in the answer are part of it.
Result<void> History::print_gaps() {
  const auto gaps = source_.gaps(query_.condition.since_ns, query_.condition.until_ns);
  if (!gaps) return std::unexpected(gaps.error());
  constexpr std::size_t kMostNotes = 5;
  std::size_t said = 0;
  for (const Gap& gap : *gaps) {
    if (options_.table.json) {
      view::append_gap_json(output_.buffer(), gap);
    } else if (++said <= kMostNotes) {
      note("something may be missing: " + view::gap_text(gap));
    }
  }
  if (said > kMostNotes) note(fmt::format("and {} more gaps (--json shows all)", said - kMostNotes));
  return {};
}

Result<view::TableOptions> table_options(const HistoryOptions& options) {
  const auto usual = view::parse_columns(
      "id,opened,duration,state,owner,local,remote,bytes_sent,bytes_received,retransmits,reason");
  view::TableOptions table;
  auto columns = options.table.columns.empty() ? usual : view::parse_columns(options.table.columns, *usual);
  if (!columns) return std::unexpected(columns.error());
  table.columns = std::move(*columns);
  table.header = !options.table.no_header;
  table.width = terminal_width(STDOUT_FILENO);
  table.colour = wants_colour(STDOUT_FILENO);
  table.dates = true;
  table.zone = time_zone_name();
  table.netns_by_itself = options.table.columns.empty() || options.table.columns.find_first_of("+-") == 0;
  return table;
}

int History::run() {
  auto table = table_options(options_);
  if (!table) return report(table.error());
  const auto shown = !query_.group_by.empty() ? print_groups() : print_records(std::move(*table));
  if (!shown) {
    output_.flush();  // the records before the error are right
    return report(shown.error());
  }
  auto gaps = print_gaps();
  output_.flush();
  if (!gaps) return report(gaps.error());
  if (const auto damage = source_.damage()) report(*damage);
  if (const auto written = output_.finish(); !written) return report(written.error());
  return *shown > 0 ? 0 : 1;
}

}  // namespace

int run_history(const std::vector<std::string>& words) {
  HistoryOptions options;
  CommandLine line("history", "[FILTER]",
                   "connections that conntrail record has written down, ended and open");
  add_options(line, options);
  if (const auto code = parse_words(line, words, options.source.filter_words)) return *code;
  auto query = parse(options);
  if (!query) return report(query.error());
  auto source = recorder::open_history(options.recorded.place, stderr_messages());
  if (!source) return report(source.error());
  return History(options, *query, **source).run();
}

}  // namespace conntrail::cli
