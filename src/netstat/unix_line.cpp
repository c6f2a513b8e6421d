#include "unix_line.h"

#include <sys/socket.h>

#include <array>

#include "conntrail/base/text.h"
#include "line_scanner.h"

namespace conntrail::netstat {

namespace {

// include/uapi/linux/net.h
constexpr std::uint64_t kAcceptsConnections = 1U << 16U;
constexpr std::uint64_t kWaitsForData = 1U << 17U;
constexpr std::uint64_t kNoSpace = 1U << 18U;
constexpr std::uint32_t kUnconnected = 1;

std::string_view type_text(std::uint32_t type) {
  switch (type) {
    case SOCK_STREAM:
      return "STREAM";
    case SOCK_DGRAM:
      return "DGRAM";
    case SOCK_RAW:
      return "RAW";
    case SOCK_RDM:
      return "RDM";
    case SOCK_SEQPACKET:
      return "SEQPACKET";
    default:
      return "UNKNOWN";
  }
}

std::string_view state_text(const UnixSocket& socket) {
  static constexpr std::array<std::string_view, 5> kNames{"FREE", "", "CONNECTING", "CONNECTED",
                                                          "DISCONNECTING"};
  if (socket.state == kUnconnected && (socket.flags & kAcceptsConnections) != 0) return "LISTENING";
  return socket.state < kNames.size() ? kNames[socket.state] : "UNKNOWN";
}

std::string flags_text(std::uint64_t flags) {
  std::string text("[ ");
  if ((flags & kAcceptsConnections) != 0) text += "ACC ";
  if ((flags & kWaitsForData) != 0) text += "W ";
  if ((flags & kNoSpace) != 0) text += "N ";
  return text += ']';
}

void append_left(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  if (text.size() < width) out.append(width - text.size(), ' ');
}

}  // namespace

std::optional<UnixSocket> parse_unix_line(std::string_view line) {
  UnixSocket socket;
  LineScanner scanner(line);
  std::uint64_t address = 0;
  // "%p: %lX %lX %lX %X %X %lu"; the inode may be missing.
  const bool enough = scanner.hex(address) && scanner.literal(':') && scanner.hex(socket.references) &&
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
  std::string title("Active UNIX domain sockets ");
  title += title_suffix(all, listening);
  title += "\nProto RefCnt Flags       Type       State         I-Node  ";
  if (columns.programs) title += " PID/Program name    ";
  if (columns.context) append_left(title, " Security Context", 50);
  title += " Path\n";
  return title;
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
  out += columns.has_inode ? printable(socket.path) : std::to_string(socket.inode);
  out += '\n';
}

}  // namespace conntrail::netstat
