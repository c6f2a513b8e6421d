#include "windows/windows_options.h"

#include <array>
#include <utility>

#include "conntrail/base/text.h"

namespace conntrail::netstat::windows {

namespace {

constexpr std::array<std::pair<std::string_view, WindowsProtocol>, 8> kProtocols{{
    {"ip", WindowsProtocol::ip},
    {"ipv6", WindowsProtocol::ipv6},
    {"icmp", WindowsProtocol::icmp},
    {"icmpv6", WindowsProtocol::icmpv6},
    {"tcp", WindowsProtocol::tcp},
    {"tcpv6", WindowsProtocol::tcpv6},
    {"udp", WindowsProtocol::udp},
    {"udpv6", WindowsProtocol::udpv6},
}};

bool WindowsOptions::*flag_of(char letter) {
  switch (letter) {
    case 'a':
      return &WindowsOptions::all;
    case 'b':
      return &WindowsOptions::executables;
    case 'e':
      return &WindowsOptions::interfaces;
    case 'f':
      return &WindowsOptions::full_names;
    case 'n':
      return &WindowsOptions::numeric;
    case 'o':
      return &WindowsOptions::process_ids;
    case 'r':
      return &WindowsOptions::routes;
    case 's':
      return &WindowsOptions::statistics;
    case 'v':
      return &WindowsOptions::paths;
    default:
      return nullptr;
  }
}

class Parser {
 public:
  explicit Parser(std::span<char* const> words) : words_(words) {}

  WindowsCommandLine parse() {
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_++];
      const bool is_option = word.size() > 1 && (word.front() == '-' || word.front() == '/');
      if (!(is_option ? take_letters(word) : take_interval(word))) return result_;
    }
    result_.options = options_;
    return result_;
  }

 private:
  bool complain(std::string_view what, std::string_view word) {
    result_.complaint.append("netstat: ").append(what).append(" '").append(printable(word)).append("'\n");
    result_.exit_code = 1;
    return false;
  }

  bool take_letters(std::string_view word) {
    for (const char letter : to_lower(word.substr(1))) {
      if (letter == '?') return false;
      if (letter == 'p') {
        if (!take_protocol(word)) return false;
      } else if (bool WindowsOptions::*flag = flag_of(letter); flag != nullptr) {
        options_.*flag = true;
      } else {
        return complain("unknown option", word);
      }
    }
    return true;
  }

  bool take_protocol(std::string_view option) {
    if (at_ == words_.size()) return complain("a protocol must follow", option);
    const std::string_view word = words_[at_++];
    const auto protocol = parse_windows_protocol(word);
    if (!protocol) return complain("unknown protocol", word);
    options_.protocol = protocol;
    return true;
  }

  bool take_interval(std::string_view word) {
    const auto seconds = parse_number<std::uint32_t>(word);
    if (!seconds || *seconds == 0 || options_.interval_s) return complain("no interval in seconds:", word);
    options_.interval_s = seconds;
    return true;
  }

  std::span<char* const> words_;
  std::size_t at_ = 0;
  WindowsOptions options_;
  WindowsCommandLine result_;
};

}  // namespace

std::optional<WindowsProtocol> parse_windows_protocol(std::string_view word) {
  const std::string lower = to_lower(word);
  for (const auto& [name, protocol] : kProtocols) {
    if (name == lower) return protocol;
  }
  return std::nullopt;
}

WindowsCommandLine parse_windows_command_line(std::span<char* const> words) { return Parser(words).parse(); }

std::string_view windows_help() {
  return R"(
Shows this computer's connections and network statistics in the layout of Windows.

netstat --windows [-a] [-b] [-e] [-f] [-n] [-o] [-p PROTO] [-r] [-s] [-v] [INTERVAL]

  -a            All connections and listening ports.
  -b            The program behind each connection, on the line below it.
  -e            Totals of the network interfaces. May be combined with -s.
  -f            Whole domain names of foreign addresses, not the host's part alone.
  -n            Addresses and ports as numbers.
  -o            The process id that owns each connection.
  -p PROTO      Connections of one protocol: TCP, UDP, TCPv6 or UDPv6. With -s also
                IP, IPv6, ICMP or ICMPv6.
  -r            The routing table.
  -s            Statistics of each protocol, or of the one that -p names.
  -v            With -b, the whole path of the program.
  INTERVAL      Show it again after so many seconds, until Ctrl+C.

Options may begin with / too, and be written in capitals.
)";
}

}  // namespace conntrail::netstat::windows
