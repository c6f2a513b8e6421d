#include "output/translation.h"
#include "windows/windows_columns.h"
#include "windows/windows_connections.h"

namespace conntrail::netstat::windows {

namespace {

constexpr std::size_t kProtocolWidth = 5;
constexpr std::size_t kAddressWidth = 22;
constexpr std::size_t kStateWidth = 15;

}  // namespace

std::string_view windows_state_name(TcpState state) {
  switch (state) {
    case TcpState::established:
      return "ESTABLISHED";
    case TcpState::syn_sent:
      return "SYN_SENT";
    case TcpState::syn_recv:
      return "SYN_RECEIVED";
    case TcpState::fin_wait1:
      return "FIN_WAIT_1";
    case TcpState::fin_wait2:
      return "FIN_WAIT_2";
    case TcpState::time_wait:
      return "TIME_WAIT";
    case TcpState::close:
      return "CLOSED";
    case TcpState::close_wait:
      return "CLOSE_WAIT";
    case TcpState::last_ack:
      return "LAST_ACK";
    case TcpState::listen:
      return "LISTENING";
    case TcpState::closing:
      return "CLOSING";
    case TcpState::unknown:
      break;
  }
  return "UNKNOWN";
}

WindowsProtocol windows_protocol_of(const SocketRow& row) {
  const bool v4 = row.tuple.family == Family::inet || row.tuple.local.address.is_v4_mapped();
  if (row.protocol == Protocol::tcp) return v4 ? WindowsProtocol::tcp : WindowsProtocol::tcpv6;
  return v4 ? WindowsProtocol::udp : WindowsProtocol::udpv6;
}

std::string windows_endpoint(const Endpoint& endpoint, std::uint32_t zone) {
  const IpAddress address = endpoint.address.unmapped();
  std::string text = to_string(address);
  if (address.family == Family::inet6) {
    const bool link_local = address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80U;
    if (link_local && zone != 0) text.append("%").append(std::to_string(zone));
    text.insert(0, 1, '[').push_back(']');
  }
  return text.append(":").append(std::to_string(endpoint.port));
}

void append_windows_title(std::string& out, bool with_pid) {
  out += translated("\nActive Connections\n");
  out += with_pid
             ? translated("\n  Proto  Local Address          Foreign Address        State           PID\n")
             : translated("\n  Proto  Local Address          Foreign Address        State\n");
}

void append_windows_row(std::string& out, const WindowsRow& row, bool with_pid) {
  out += "  ";
  append_left(out, row.protocol, kProtocolWidth);
  out += "  ";
  append_left(out, row.local, kAddressWidth);
  out += ' ';
  append_left(out, row.foreign, kAddressWidth);
  out += ' ';
  if (with_pid) {
    append_left(out, row.state, kStateWidth);
    out.append(" ").append(std::to_string(row.pid));
  } else {
    out += row.state;
  }
  out += '\n';
}

}  // namespace conntrail::netstat::windows
