#include "sockets/inet_format.h"

#include <cstdio>

#include "output/columns.h"
#include "output/row_buffer.h"
#include "output/translation.h"
#include "sockets/inet_words.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kEndpointWidth = 23;
constexpr std::size_t kQueueWidth = 6;
constexpr std::size_t kProgramWidth = 20;
constexpr std::size_t kContextWidth = 50;
constexpr std::size_t kTimerSpace = 160;  // "unkn-N (S/R/P)" with the longest numbers

std::string_view protocol_text(InetTable table, Family family) {
  const bool v6 = family == Family::inet6;
  switch (table) {
    case InetTable::tcp:
      return v6 ? "tcp6 " : "tcp  ";
    case InetTable::udp:
      return v6 ? "udp6 " : "udp  ";
    case InetTable::udplite:
      return v6 ? "udpl6" : "udpl ";
    case InetTable::raw:
      return v6 ? "raw6 " : "raw  ";
  }
  return {};
}

PortNames port_names(InetTable table) {
  switch (table) {
    case InetTable::tcp:
      return PortNames::tcp;
    case InetTable::udp:
    case InetTable::udplite:
      return PortNames::udp;
    case InetTable::raw:
      return PortNames::raw;
  }
  return PortNames::none;
}

// "%2.2f" of ticks / rate. Ticks of a hundredth are written as they stand; a double does not hold more than
// 2^53 of them.
char* put_seconds(char* to, std::uint64_t ticks, std::int64_t rate, std::string_view decimal_point) {
  if (rate == 100 && ticks < (std::uint64_t{1} << 53U)) {
    to = cursor::put(cursor::put_number(to, ticks / 100), decimal_point);
    to = cursor::put(to, static_cast<char>('0' + ticks / 10 % 10));
    return cursor::put(to, static_cast<char>('0' + ticks % 10));
  }
  const int length = std::snprintf(to, 64, "%2.2f", static_cast<double>(ticks) / static_cast<double>(rate));
  return to + length;
}

char* put_timer(char* to, InetTable table, const InetSocket& socket, const InetColumns& columns,
                const InetWords& words) {
  const bool tcp = table == InetTable::tcp;
  const TimerWord word = tcp ? words.tcp_timer(socket.timer) : words.datagram_timer(socket.timer);
  to = cursor::put(to, word.text);
  if (word.numbered) to = cursor::put_number(to, static_cast<std::int32_t>(socket.timer));
  to = cursor::put(to, " (");
  const std::uint64_t ticks = socket.timer == 0 ? 0 : socket.timer_ticks;
  to = socket.timer == 0
           ? cursor::put(to, "0.00")
           : put_seconds(to, ticks, tcp ? columns.ticks_per_second : 100, words.decimal_point());
  to = cursor::put(to, '/');
  // netstat has no retransmits for UDP, whatever the file says.
  const bool datagrams = table == InetTable::udp || table == InetTable::udplite;
  to = cursor::put_number(to, datagrams ? 0 : static_cast<std::int64_t>(socket.retransmits));
  to = cursor::put(to, '/');
  to = cursor::put_number(to, socket.timeout);
  return cursor::put(to, ')');
}

}  // namespace

std::string_view title_suffix(bool all, bool listening) {
  if (all) return translated("(servers and established)");
  return listening ? translated("(only servers)") : translated("(w/o servers)");
}

std::string inet_title(bool all, bool listening, const InetColumns& columns) {
  std::string title(translated("Active Internet connections "));
  title += title_suffix(all, listening);
  title += translated("\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ");
  if (columns.users) title += translated(" User       Inode     ");
  append_program_titles(title, columns.programs, columns.context);
  if (columns.timers) title += translated(" Timer");
  title += '\n';
  return title;
}

void append_program_titles(std::string& title, bool programs, bool context) {
  if (programs) {
    title += ' ';
    append_left(title, translated("PID/Program name"), kProgramWidth);
  }
  if (context) append_left(title, std::string(" ").append(translated("Security Context")), kContextWidth);
}

bool is_shown(InetTable table, const InetSocket& socket, bool all, bool listening) {
  if (all) return true;
  const bool server = table == InetTable::tcp ? socket.remote_port == 0 : socket.remote.is_any();
  return server == listening;
}

char* put_inet_tail(char* to, std::int32_t uid, std::uint64_t inode, const InetColumns& columns,
                    const ProgramText& program, std::string_view timer, Names& names) {
  if (columns.users) {
    to = cursor::put(to, ' ');
    const std::string_view user = columns.numeric_users ? std::string_view() : names.user(uid);
    to = user.empty() ? cursor::put_number_left(to, uid, 10)
                      : cursor::put_left(to, user.substr(0, kLongestUser), 10);
    to = cursor::put_number_left(cursor::put(to, ' '), inode, 10);
  }
  if (columns.programs) to = cursor::put_left(cursor::put(to, ' '), program.program, kProgramWidth);
  if (columns.context) to = cursor::put_left(cursor::put(to, ' '), program.context, kContextWidth);
  if (columns.timers) to = cursor::put(cursor::put(to, ' '), timer);
  return cursor::put(to, '\n');
}

char* put_inet_row(char* to, InetTable table, const InetSocket& socket, const InetColumns& columns,
                   const ProgramText& program, Names& names) {
  const PortNames space = port_names(table);
  const InetWords& words = InetWords::get();
  to = cursor::put(cursor::put(to, protocol_text(table, socket.family())), ' ');
  to = cursor::put_number_right(to, static_cast<std::int64_t>(socket.receive_queue), kQueueWidth);
  to = cursor::put(to, ' ');
  to = cursor::put_number_right(to, static_cast<std::int64_t>(socket.send_queue), kQueueWidth);
  to = cursor::put(to, ' ');

  const bool numeric = columns.addresses.numeric_hosts && columns.addresses.numeric_ports;
  const auto pad_endpoint = [numeric](char* from, char* until) {
    return numeric ? cursor::pad(from, until, kEndpointWidth)
                   : cursor::pad_columns(from, until, kEndpointWidth);
  };
  char* end = put_endpoint(to, socket.local, socket.local_port, space, columns.addresses, names);
  to = cursor::put(pad_endpoint(to, end), ' ');
  end = put_endpoint(to, socket.remote, socket.remote_port, space, columns.addresses, names);
  to = cursor::put(pad_endpoint(to, end), ' ');

  switch (table) {
    case InetTable::tcp:
      to = cursor::put(to, words.tcp_state(socket.state).column);
      break;
    case InetTable::udp:
    case InetTable::udplite:
      to = cursor::put(to, words.udp_state(socket.state).column);
      break;
    case InetTable::raw:
      to = cursor::put_number_left(to, static_cast<std::int32_t>(socket.state), InetWords::kStateWidth);
      break;
  }

  char timer[kTimerSpace];
  std::size_t timer_length = 0;
  if (columns.timers)
    timer_length = static_cast<std::size_t>(put_timer(timer, table, socket, columns, words) - timer);
  return put_inet_tail(to, socket.uid, socket.inode, columns, program, {timer, timer_length}, names);
}

}  // namespace conntrail::netstat
