#include "windows/windows_statistics.h"

#include <array>
#include <span>

#include "windows/windows_columns.h"

namespace conntrail::netstat::windows {

namespace {

using enum WindowsProtocol;

// A line "  Packets Received   = 7". `counter` is the name within the protocol's own section; a null one is
// nothing that Linux could count.
struct Line {
  std::string_view text;
  const char* counter;
  const char* counter6;
};

constexpr std::array kIpLines{
    Line{"Packets Received", "InReceives", "InReceives"},
    Line{"Received Header Errors", "InHdrErrors", "InHdrErrors"},
    Line{"Received Address Errors", "InAddrErrors", "InAddrErrors"},
    Line{"Datagrams Forwarded", "ForwDatagrams", "OutForwDatagrams"},
    Line{"Unknown Protocols Received", "InUnknownProtos", "InUnknownProtos"},
    Line{"Received Packets Discarded", "InDiscards", "InDiscards"},
    Line{"Received Packets Delivered", "InDelivers", "InDelivers"},
    Line{"Output Requests", "OutRequests", "OutRequests"},
    Line{"Routing Discards", nullptr, nullptr},
    Line{"Discarded Output Packets", "OutDiscards", "OutDiscards"},
    Line{"Output Packet No Route", "OutNoRoutes", "OutNoRoutes"},
    Line{"Reassembly Required", "ReasmReqds", "ReasmReqds"},
    Line{"Reassembly Successful", "ReasmOKs", "ReasmOKs"},
    Line{"Reassembly Failures", "ReasmFails", "ReasmFails"},
    Line{"Datagrams Successfully Fragmented", "FragOKs", "FragOKs"},
    Line{"Datagrams Failing Fragmentation", "FragFails", "FragFails"},
    Line{"Fragments Created", "FragCreates", "FragCreates"},
};

constexpr std::array kTcpLines{
    Line{"Active Opens", "ActiveOpens", nullptr},
    Line{"Passive Opens", "PassiveOpens", nullptr},
    Line{"Failed Connection Attempts", "AttemptFails", nullptr},
    Line{"Reset Connections", "EstabResets", nullptr},
    Line{"Current Connections", "CurrEstab", nullptr},
    Line{"Segments Received", "InSegs", nullptr},
    Line{"Segments Sent", "OutSegs", nullptr},
    Line{"Segments Retransmitted", "RetransSegs", nullptr},
};

constexpr std::array kUdpLines{
    Line{"Datagrams Received", "InDatagrams", "InDatagrams"},
    Line{"No Ports", "NoPorts", "NoPorts"},
    Line{"Receive Errors", "InErrors", "InErrors"},
    Line{"Datagrams Sent", "OutDatagrams", "OutDatagrams"},
};

constexpr std::size_t kIpWidth = 35;
constexpr std::size_t kTcpWidth = 36;
constexpr std::size_t kUdpWidth = 22;
constexpr std::size_t kMessageWidth = 26;
constexpr std::size_t kMessageColumn = 12;

// A kind of ICMP message: its counter without "In" and "Out", or the number of its type, which the kernel
// lists (IcmpMsg.InType9, Icmp6InType138) from the first such message on.
struct Message {
  std::string_view text;
  std::string_view counter;
  std::string_view second = {};  // to be added
};

constexpr std::array kIcmpMessages{
    Message{"Messages", "Msgs"},
    Message{"Errors", "Errors"},
    Message{"Destination Unreachable", "DestUnreachs"},
    Message{"Time Exceeded", "TimeExcds"},
    Message{"Parameter Problems", "ParmProbs"},
    Message{"Source Quenches", "SrcQuenchs"},
    Message{"Redirects", "Redirects"},
    Message{"Echo Replies", "EchoReps"},
    Message{"Echos", "Echos"},
    Message{"Timestamps", "Timestamps"},
    Message{"Timestamp Replies", "TimestampReps"},
    Message{"Address Masks", "AddrMasks"},
    Message{"Address Mask Replies", "AddrMaskReps"},
    Message{"Router Solicitations", "Type10"},
    Message{"Router Advertisements", "Type9"},
};

constexpr std::array kIcmp6Messages{
    Message{"Messages", "Msgs"},
    Message{"Errors", "Errors"},
    Message{"Destination Unreachable", "DestUnreachs"},
    Message{"Packet Too Big", "PktTooBigs"},
    Message{"Time Exceeded", "TimeExcds"},
    Message{"Parameter Problems", "ParmProblems"},
    Message{"Echos", "Echos"},
    Message{"Echo Replies", "EchoReplies"},
    Message{"MLD Queries", "GroupMembQueries"},
    Message{"MLD Reports", "GroupMembResponses", "MLDv2Reports"},
    Message{"MLD Dones", "GroupMembReductions"},
    Message{"Router Solicitations", "RouterSolicits"},
    Message{"Router Advertisements", "RouterAdvertisements"},
    Message{"Neighbor Solicitations", "NeighborSolicits"},
    Message{"Neighbor Advertisements", "NeighborAdvertisements"},
    Message{"Redirects", "Redirects"},
    Message{"Router Renumberings", "Type138"},
};

struct Section {
  WindowsProtocol protocol;
  std::string_view title;
  std::string_view prefix;  // of its counters
};

constexpr std::array kSections{
    Section{ip, "IPv4 Statistics", "Ip."},
    Section{ipv6, "IPv6 Statistics", "Ip6"},
    Section{icmp, "ICMPv4 Statistics", "Icmp."},
    Section{icmpv6, "ICMPv6 Statistics", "Icmp6"},
    Section{tcp, "TCP Statistics for IPv4", "Tcp."},
    // Linux counts TCP once, for both families.
    Section{tcpv6, "TCP Statistics for IPv6", "Tcp."},
    Section{udp, "UDP Statistics for IPv4", "Udp."},
    Section{udpv6, "UDP Statistics for IPv6", "Udp6"},
};

const Section& section_of(WindowsProtocol protocol) {
  return kSections.at(static_cast<std::size_t>(protocol));
}

std::string number_text(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "-"; }

void append_lines(std::string& out, std::span<const Line> lines, std::size_t width, const Section& section,
                  bool v6, const KernelCounters& counters) {
  for (const Line& line : lines) {
    const char* name = v6 ? line.counter6 : line.counter;
    out += "  ";
    append_left(out, line.text, width);
    out += "= ";
    // Linux never does this, so it has happened 0 times.
    out += name == nullptr ? "0" : number_text(counters.find(std::string(section.prefix) + name));
    out += '\n';
  }
}

std::optional<std::uint64_t> message_count(std::string_view direction, const Message& message, bool v6,
                                           const KernelCounters& counters) {
  const bool by_type = message.counter.starts_with("Type");
  const std::string prefix = v6 ? "Icmp6" : (by_type ? "IcmpMsg." : "Icmp.");
  const auto find = [&](std::string_view name) {
    return counters.find(std::string(prefix).append(direction).append(name));
  };
  auto count = find(message.counter);
  if (by_type && !count) return 0;
  if (!message.second.empty()) {
    if (const auto more = find(message.second)) count = count.value_or(0) + *more;
  }
  return count;
}

void append_messages(std::string& out, std::span<const Message> messages, bool v6,
                     const KernelCounters& counters) {
  out += "                            Received    Sent\n";
  for (const Message& message : messages) {
    out += "  ";
    append_left(out, message.text, kMessageWidth);
    append_left(out, number_text(message_count("In", message, v6, counters)), kMessageColumn);
    out += number_text(message_count("Out", message, v6, counters));
    out += '\n';
  }
}

}  // namespace

void append_windows_statistics(std::string& out, WindowsProtocol protocol, const KernelCounters& counters) {
  const Section& section = section_of(protocol);
  out.append("\n").append(section.title).append("\n\n");
  switch (protocol) {
    case ip:
    case ipv6:
      append_lines(out, kIpLines, kIpWidth, section, protocol == ipv6, counters);
      break;
    case icmp:
      append_messages(out, kIcmpMessages, false, counters);
      break;
    case icmpv6:
      append_messages(out, kIcmp6Messages, true, counters);
      break;
    case tcpv6:
      out += "  (Linux counts TCP over IPv4 and IPv6 together.)\n";
      [[fallthrough]];
    case tcp:
      append_lines(out, kTcpLines, kTcpWidth, section, false, counters);
      break;
    case udp:
    case udpv6:
      append_lines(out, kUdpLines, kUdpWidth, section, protocol == udpv6, counters);
      break;
  }
}

int print_windows_statistics(const WindowsOptions& options, Console& console) {
  const KernelCounters counters = read_kernel_counters(console);
  const bool v6 = counters.has_section("Ip6");
  int status = 0;
  for (const Section& section : kSections) {
    if (!options.shows(section.protocol)) continue;
    const bool of_v6 = section.protocol == ipv6 || section.protocol == icmpv6 || section.protocol == tcpv6 ||
                       section.protocol == udpv6;
    if (!counters.has_section(section.prefix) || (of_v6 && !v6)) {
      // A kernel without IPv6 has no such sections; asked for by name, that is an error.
      if (options.protocol || !of_v6) status = 1;
      if (options.protocol) console.message("netstat: the kernel has no such counters\n");
      continue;
    }
    std::string out;
    append_windows_statistics(out, section.protocol, counters);
    console.text(out);
  }
  return status;
}

}  // namespace conntrail::netstat::windows
