#include "sockets/unix_line.h"

#include <sys/socket.h>

#include <array>

#include "conntrail/base/text.h"
#include "output/columns.h"
#include "output/translation.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

// By SOCK_STREAM and so on, which begin with 1.
std::string_view type_text(std::uint32_t type) {
  static_assert(SOCK_STREAM == 1 && SOCK_DGRAM == 2 && SOCK_RAW == 3 && SOCK_RDM == 4 && SOCK_SEQPACKET == 5);
  static const std::string_view kUnknown = translated("UNKNOWN");
  static const std::array<std::string_view, 6> kNames{
      kUnknown,          translated("STREAM"), translated("DGRAM"),
      translated("RAW"), translated("RDM"),    translated("SEQPACKET")};
  return type < kNames.size() ? kNames[type] : kUnknown;
}

std::string_view state_text(const UnixSocket& socket) {
  static const std::array<std::string_view, 5> kNames{translated("FREE"), "", translated("CONNECTING"),
                                                      translated("CONNECTED"), translated("DISCONNECTING")};
  static const std::string_view kListening = translated("LISTENING");
  static const std::string_view kUnknown = translated("UNKNOWN");
  if (socket.state == kUnconnected && (socket.flags & kAcceptsConnections) != 0) return kListening;
  return socket.state < kNames.size() ? kNames[socket.state] : kUnknown;
}

std::string flags_text(std::uint64_t flags) {
  std::string text("[ ");
  if ((flags & kAcceptsConnections) != 0) text += "ACC ";
  if ((flags & kWaitsForData) != 0) text += "W ";
  if ((flags & kNoSpace) != 0) text += "N ";
  return text += ']';
}

}  // namespace

std::optional<UnixSocket> parse_unix_line(std::string_view line) {
  UnixSocket socket;
  LineScanner scanner(line);
  std::uint64_t address = 0;
  // "%p: %lX %lX %lX %X %X %lu"; the inode may be missing.
  const bool enough = scanner.pointer(address) && scanner.literal(':') && scanner.hex(socket.references) &&
                      scanner.hex(socket.protocol) && scanner.hex(socket.flags) && scanner.hex(socket.type) &&
                      scanner.hex(socket.state);
  if (!enough) return std::nullopt;
  if (!scanner.decimal(socket.inode)) return socket;
  std::string_view path = scanner.rest();
  if (path.ends_with('\n')) path.remove_suffix(1);
  if (path.starts_with(' ')) path.remove_prefix(1);
  socket.path = path;
  return socket;
}

bool is_shown(const UnixSocket& socket, bool all, bool listening) {
  const bool server = socket.state == kUnconnected && (socket.flags & kAcceptsConnections) != 0;
  return all || server == listening;
}

std::string unix_title(bool all, bool listening, const UnixColumns& columns) {
  std::string title(translated("Active UNIX domain sockets "));
  title += title_suffix(all, listening);
  title += translated("\nProto RefCnt Flags       Type       State         I-Node  ");
  append_program_titles(title, columns.programs, columns.context);
  title += translated(" Path\n");
  return title;
}

std::string unix_path_text(const UnixSocket& socket, const UnixColumns& columns) {
  return columns.has_inode ? printable(socket.path) : std::to_string(socket.inode);
}

void append_unix_row(std::string& out, const UnixSocket& socket, const UnixColumns& columns,
                     const ProgramText& program) {
  append_left(out, socket.protocol == 0 ? "unix" : "??", 5);
  out += ' ';
  append_left(out, std::to_string(static_cast<std::int64_t>(socket.references)), 6);
  out += ' ';
  append_left(out, flags_text(socket.flags), 11);
  out += ' ';
  append_left(out, type_text(socket.type), 10);
  out += ' ';
  append_left(out, state_text(socket), 13);
  out += ' ';
  append_left(out, columns.has_inode ? std::to_string(socket.inode) : "-", 8);
  if (columns.programs) {
    out += ' ';
    append_left(out, columns.has_inode ? program.program : "-", 20);
  }
  if (columns.context) {
    out += ' ';
    append_left(out, columns.has_inode ? program.context : "-", 50);
  }
  out += ' ';
  out += unix_path_text(socket, columns);
  out += '\n';
}

}  // namespace conntrail::netstat
