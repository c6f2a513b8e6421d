#include "sockets/socket_mode.h"

#include <unistd.h>

#include <algorithm>

#include "names/system_names.h"
#include "run/rounds.h"
#include "sockets/section.h"

namespace conntrail::netstat {

namespace {

InetColumns columns_of(const Options& options) {
  InetColumns columns;
  columns.addresses = {options.numeric_hosts, options.numeric_ports, options.wide};
  columns.users = options.extend > 0;
  columns.numeric_users = options.numeric_users;
  columns.programs = options.programs;
  columns.context = options.context;
  columns.timers = options.timers;
  columns.ticks_per_second = ::sysconf(_SC_CLK_TCK);
  return columns;
}

constexpr int kFatal = 255;

// One table after the other, printed while it is read.
int stream_round(Session& session, const Sections& sections) {
  int worst = 0;
  for (const auto& section : sections) {
    const SectionStatus status = section->collect(session);
    section->print(session);
    worst = std::max(worst, status);
    if (status == kFatal) break;
  }
  return worst;
}

// All tables first, then all names at the same time, then the screen.
int resolved_round(Session& session, const Sections& sections) {
  int worst = 0;
  std::size_t collected = 0;
  for (const auto& section : sections) {
    const SectionStatus status = section->collect(session);
    section->want_hosts(session.names);
    ++collected;
    worst = std::max(worst, status);
    if (status == kFatal) break;
  }
  session.names.resolve();
  for (std::size_t i = 0; i < collected; ++i) sections[i]->print(session);
  return worst;
}

// Each round anew: what it remembers changes.
void ask_recorder(const Options& options, const Helpers& helpers, Session& session) {
  if (!helpers.recorded_owners) return;
  auto owners = helpers.recorded_owners(options.history_path);
  if (owners) {
    session.programs.remember(std::move(*owners));
  } else {
    session.console.message("netstat: " + format_error(owners.error()) + "\n");
  }
}

}  // namespace

void load_programs(Session& session) {
  const bool wanted = session.options.programs || session.options.unix_peers();
  if (!wanted || session.programs_loaded) return;
  session.programs_loaded = true;
  const std::string complaint = session.programs.load({session.options.context, session.options.all_holders});
  if (!complaint.empty()) session.console.message(complaint);
}

int run_socket_mode(const Options& options, Console& console, const Helpers& helpers) {
  const InetColumns columns = columns_of(options);
  const Sections sections = make_sections(options);
  SystemNames names;
  Programs programs;
  RecordWriter records(options.format, console);
  Session session{options, columns, console, names, programs};
  if (options.format != Format::text) session.records = &records;
  session.streaming = options.numeric_hosts;
  return run_rounds(
      options, console,
      [&] { return session.streaming ? stream_round(session, sections) : resolved_round(session, sections); },
      [&] {
        session.programs_loaded = false;
        if (options.history && options.programs) ask_recorder(options, helpers, session);
      });
}

Sections make_sections(const Options& options) {
  const bool every = !options.tables_named();
  Sections sections;
  const auto add = [&](bool wanted, auto make) {
    if (every || wanted) sections.push_back(make());
  };
  const auto inet = [](InetTable table) { return [table] { return make_inet_section(table); }; };
  add(options.tcp || options.sctp || options.udp || options.udplite || options.raw, make_inet_title);
  add(options.tcp, inet(InetTable::tcp));
  add(options.sctp, make_sctp_section);
  add(options.udp, inet(InetTable::udp));
  add(options.udplite, inet(InetTable::udplite));
  add(options.raw, inet(InetTable::raw));
  if (options.groups) sections.push_back(make_group_section());
  add(options.families.unix_domain, make_unix_section);
  add(options.families.ipx, make_ipx_section);
  add(options.families.ax25, make_ax25_section);
  add(options.families.x25, make_x25_section);
  add(options.families.netrom, make_netrom_section);
  add(options.families.rose, make_rose_section);
  if (options.l2cap || options.rfcomm) sections.push_back(make_bluetooth_section());
  return sections;
}

}  // namespace conntrail::netstat
