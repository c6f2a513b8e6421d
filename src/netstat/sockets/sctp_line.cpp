#include "sockets/sctp_line.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>

#include "output/columns.h"
#include "output/translation.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

constexpr std::string_view kBlanks = " \t\n";
constexpr std::size_t kLongestHost = 63;
constexpr std::size_t kEndpointWidth = 23;
constexpr std::size_t kListenerWidth = 47;
constexpr std::string_view kIndent = "                    ";

// strtok without its hidden state: the next piece between delimiters; empty when there is none.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  std::string_view next(std::string_view delimiters) {
    const std::size_t start = rest_.find_first_not_of(delimiters);
    if (start == std::string_view::npos) return rest_ = {};
    rest_.remove_prefix(start);
    const std::string_view token = rest_.substr(0, rest_.find_first_of(delimiters));
    rest_.remove_prefix(std::min(rest_.size(), token.size() + 1));
    return token;
  }
  void skip(int count) {
    while (count-- > 0) next(kBlanks);
  }

 private:
  std::string_view rest_;
};

// atoi() of a piece.
std::int32_t to_int(std::string_view text) {
  LineScanner scanner(text);
  std::int32_t value = 0;
  static_cast<void>(scanner.decimal(value));
  return value;
}

std::uint64_t to_inode(std::string_view text) {
  LineScanner scanner(text);
  std::uint64_t value = 0;
  static_cast<void>(scanner.decimal(value));
  return value;
}

IpAddress to_address(std::string_view text) {
  if (text.starts_with('*')) text.remove_prefix(1);  // marks the primary address
  if (text.find(':') == std::string_view::npos) {
    const in_addr_t number = ::inet_addr(std::string(text).c_str());
    return IpAddress::v4(std::bit_cast<std::array<std::uint8_t, 4>>(number));
  }
  IpAddress address{Family::inet6, {}};
  LineScanner scanner(text);
  for (std::size_t i = 0; i < 8; ++i) {
    std::uint32_t group = 0;
    if (i != 0 && !scanner.literal(':')) break;
    if (!scanner.hex(group)) break;
    address.bytes[2 * i] = static_cast<std::uint8_t>(group >> 8U);
    address.bytes[2 * i + 1] = static_cast<std::uint8_t>(group);
  }
  return address;
}

std::vector<IpAddress> to_addresses(std::string_view list) {
  std::vector<IpAddress> addresses;
  Tokens tokens(list);
  for (auto token = tokens.next(kBlanks); !token.empty(); token = tokens.next(kBlanks)) {
    addresses.push_back(to_address(token));
  }
  return addresses;
}

std::string state_text(std::int32_t state) {
  // The words of TCP, but net-tools leaves them English in every language.
  static const std::array<std::string_view, 12> kNames{"",
                                                       translated_in("sctp", "ESTABLISHED"),
                                                       translated_in("sctp", "SYN_SENT"),
                                                       translated_in("sctp", "SYN_RECV"),
                                                       translated_in("sctp", "FIN_WAIT1"),
                                                       translated_in("sctp", "FIN_WAIT2"),
                                                       translated_in("sctp", "TIME_WAIT"),
                                                       translated_in("sctp", "CLOSE"),
                                                       translated_in("sctp", "CLOSE_WAIT"),
                                                       translated_in("sctp", "LAST_ACK"),
                                                       translated_in("sctp", "LISTEN"),
                                                       translated_in("sctp", "CLOSING")};
  if (state >= 0 && state < 12) return std::string(kNames[static_cast<std::size_t>(state)]);
  return "UNKNOWN(" + std::to_string(state) + ")";
}

void append_right(std::string& out, const std::string& text, std::size_t width) {
  if (text.size() < width) out.append(width - text.size(), ' ');
  out += text;
}

struct RowText {
  std::string& out;
  bool numeric_hosts;
  bool numeric_ports;
  Names& names;

  // The port stands with the first address only, among an endpoint's with each.
  [[nodiscard]] std::string endpoint(const IpAddress& address, std::int32_t port, bool with_port) const {
    AddressScratch scratch;
    std::string text(host_text(address, numeric_hosts, names, scratch).substr(0, kLongestHost));
    if (!with_port) return text;
    AddressScratch port_scratch;
    text += ':';
    text += port_text(static_cast<std::uint32_t>(port), PortNames::none, numeric_ports, names, port_scratch);
    return text;
  }

  void endpoint_lines(const SctpSocket& socket) const {
    for (std::size_t i = 0; i < socket.local.size(); ++i) {
      if (i == 0) {
        append_left(out, "sctp", kIndent.size());
      } else {
        out.append("\n").append(kIndent);
      }
      append_left(out, endpoint(socket.local[i], socket.local_port, true), kListenerWidth);
      state_column(socket, i == 0);
    }
  }

  void association_lines(const SctpSocket& socket) const {
    const std::size_t lines = std::max(socket.local.size(), socket.remote.size());
    for (std::size_t i = 0; i < lines; ++i) {
      if (i == 0) {
        out += "sctp  ";
        append_right(out, std::to_string(socket.receive_queue), 6);
        out += ' ';
        append_right(out, std::to_string(socket.send_queue), 6);
        out += ' ';
      } else {
        out.append("\n").append(kIndent);
      }
      const auto side = [&](const std::vector<IpAddress>& addresses, std::int32_t port) {
        append_left(out, i < addresses.size() ? endpoint(addresses[i], port, i == 0) : "", kEndpointWidth);
      };
      side(socket.local, socket.local_port);
      out += ' ';
      side(socket.remote, socket.remote_port);
      state_column(socket, i == 0);
    }
  }

  void state_column(const SctpSocket& socket, bool first) const {
    out += ' ';
    append_left(out, first ? state_text(socket.state) : "", 11);
  }
};

}  // namespace

std::optional<SctpSocket> parse_sctp_endpoint(std::string_view line) {
  // ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
  Tokens tokens(line);
  tokens.skip(3);
  const std::string_view state = tokens.next(kBlanks);
  tokens.skip(1);
  const std::string_view port = tokens.next(kBlanks);
  const std::string_view uid = tokens.next(kBlanks);
  const std::string_view inode = tokens.next(kBlanks);
  if (inode.empty()) return std::nullopt;
  SctpSocket socket;
  socket.state = to_int(state);
  socket.local_port = to_int(port);
  socket.uid = to_int(uid);
  socket.inode = to_inode(inode);
  socket.local = to_addresses(tokens.next("\t\n"));
  return socket;
}

std::optional<SctpSocket> parse_sctp_association(std::string_view line) {
  // ASSOC SOCK STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS …
  static constexpr std::string_view kSides = "<->\t\n";
  Tokens tokens(line);
  tokens.skip(3);
  const std::string_view state = tokens.next(kBlanks);
  tokens.skip(3);
  const std::string_view send_queue = tokens.next(kBlanks);
  const std::string_view receive_queue = tokens.next(kBlanks);
  const std::string_view uid = tokens.next(kBlanks);
  const std::string_view inode = tokens.next(kBlanks);
  const std::string_view local_port = tokens.next(kBlanks);
  const std::string_view remote_port = tokens.next(kBlanks);
  if (remote_port.empty()) return std::nullopt;
  SctpSocket socket;
  socket.association = true;
  socket.state = to_int(state);
  socket.send_queue = static_cast<std::uint32_t>(to_int(send_queue));
  socket.receive_queue = static_cast<std::uint32_t>(to_int(receive_queue));
  socket.uid = to_int(uid);
  socket.inode = to_inode(inode);
  socket.local_port = to_int(local_port);
  socket.remote_port = to_int(remote_port);
  socket.local = to_addresses(tokens.next(kSides));
  socket.remote = to_addresses(tokens.next(kSides));
  return socket;
}

void append_sctp_row(std::string& out, const SctpSocket& socket, bool numeric_hosts,
                     const InetColumns& columns, const ProgramText& program, Names& names) {
  const RowText row{out, numeric_hosts, columns.addresses.numeric_ports, names};
  if (socket.association) {
    row.association_lines(socket);
  } else {
    row.endpoint_lines(socket);
  }
  const std::size_t start = out.size();
  out.resize(start + kTailSpace + program.program.size());
  const char* end = put_inet_tail(out.data() + start, socket.uid, socket.inode, columns, program, {}, names);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace conntrail::netstat
