#include "sockets/inet_source.h"

#include <string>

#include "conntrail/base/result.h"
#include "conntrail/base/text.h"
#include "conntrail/snapshot/snapshot.h"
#include "output/translation.h"
#include "sockets/table_file.h"

namespace conntrail::netstat {

namespace {

using RowSink = std::function<void(const InetSocket&)>;

InetFiles files_of(InetTable table) {
  switch (table) {
    case InetTable::tcp:
      return {"/proc/net/tcp", "/proc/net/tcp6", "AF INET (tcp)"};
    case InetTable::udp:
      return {"/proc/net/udp", "/proc/net/udp6", "AF INET (udp)"};
    case InetTable::udplite:
      return {"/proc/net/udplite", "/proc/net/udplite6", "AF INET (udplite)"};
    case InetTable::raw:
      return {"/proc/net/raw", "/proc/net/raw6", "AF INET (raw)"};
  }
  return {};
}

std::string_view bogus_line_warning(InetTable table) {
  switch (table) {
    case InetTable::tcp:
      return translated("warning, got bogus tcp line.\n");
    case InetTable::udp:
    case InetTable::udplite:
      return translated("warning, got bogus udp line.\n");
    case InetTable::raw:
      return translated("warning, got bogus raw line.\n");
  }
  return {};
}

SectionStatus read_proc(Session& session, InetTable table, const RowSink& row) {
  const int required = table == InetTable::tcp ? 11 : 10;
  return read_inet_files(session, files_of(table), [&](std::string_view line, int number, bool /*v6*/) {
    if (number == 0) return;  // column titles
    if (const auto socket = parse_inet_line(line, required)) {
      row(*socket);
    } else {
      session.console.message(bogus_line_warning(table));
    }
  });
}

SectionStatus read_snapshot(Session& session, InetTable table, snapshot::Source source, const RowSink& row) {
  const Families& families = session.options.families;
  const bool any = !session.options.tables_named();
  snapshot::Request request;
  request.tcp = table == InetTable::tcp;
  request.udp = table == InetTable::udp;
  request.inet = any || families.inet;
  request.inet6 = any || families.inet6;
  request.source = source;
  // The two counters of -o come with a socket's statistics only; a half-open connection's time-outs and its
  // listener's user are found by the snapshot.
  request.statistics = session.columns.timers;
  request.request_timeouts = session.columns.timers;
  bool delivered = false;
  const auto done = snapshot::stream(request, [&](const SocketRow& found) {
    delivered = true;
    InetSocket socket = inet_socket_from(found);
    socket.cookie = found.cookie;
    row(socket);
  });
  if (done) {
    if (!done->complete_namespaces.empty()) return 0;
    for (const std::string& note : done->notes) session.console.message("netstat: " + printable(note) + "\n");
    return 1;
  }
  // Rows that were printed cannot be taken back: the whole run fails then.
  if (session.options.source == snapshot::Source::automatic && !delivered)
    return read_proc(session, table, row);
  session.console.message("netstat: " + format_error(done.error()) + "\n");
  return 1;
}

}  // namespace

SectionStatus read_inet_rows(Session& session, InetTable table, const RowSink& row) {
  const snapshot::Source wanted = session.options.source;
  const bool in_snapshots = table == InetTable::tcp || table == InetTable::udp;
  if (!in_snapshots || wanted == snapshot::Source::proc) return read_proc(session, table, row);
  if (wanted != snapshot::Source::automatic) return read_snapshot(session, table, wanted, row);
  return read_snapshot(session, table, snapshot::Source::diag, row);
}

}  // namespace conntrail::netstat
