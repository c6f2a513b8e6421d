#include "windows/windows_statistics.h"

#include <array>
#include <span>

#include "output/translation.h"
#include "windows/windows_columns.h"

namespace conntrail::netstat::windows {

namespace {

using enum WindowsProtocol;

// A line "  Packets Received   = 7". `counter` is the name within the protocol's own section; a null one is
// nothing that Linux could count.
struct Line {
  const char* text;
  const char* counter;
  const char* counter6;
};

constexpr std::array kIpLines{
    Line{translatable("Packets Received"), "InReceives", "InReceives"},
    Line{translatable("Received Header Errors"), "InHdrErrors", "InHdrErrors"},
    Line{translatable("Received Address Errors"), "InAddrErrors", "InAddrErrors"},
    Line{translatable("Datagrams Forwarded"), "ForwDatagrams", "OutForwDatagrams"},
    Line{translatable("Unknown Protocols Received"), "InUnknownProtos", "InUnknownProtos"},
    Line{translatable("Received Packets Discarded"), "InDiscards", "InDiscards"},
    Line{translatable("Received Packets Delivered"), "InDelivers", "InDelivers"},
    Line{translatable("Output Requests"), "OutRequests", "OutRequests"},
    Line{translatable("Routing Discards"), nullptr, nullptr},
    Line{translatable("Discarded Output Packets"), "OutDiscards", "OutDiscards"},
    Line{translatable("Output Packet No Route"), "OutNoRoutes", "OutNoRoutes"},
    Line{translatable("Reassembly Required"), "ReasmReqds", "ReasmReqds"},
    Line{translatable("Reassembly Successful"), "ReasmOKs", "ReasmOKs"},
    Line{translatable("Reassembly Failures"), "ReasmFails", "ReasmFails"},
    Line{translatable("Datagrams Successfully Fragmented"), "FragOKs", "FragOKs"},
    Line{translatable("Datagrams Failing Fragmentation"), "FragFails", "FragFails"},
    Line{translatable("Fragments Created"), "FragCreates", "FragCreates"},
};

constexpr std::array kTcpLines{
    Line{translatable("Active Opens"), "ActiveOpens", nullptr},
    Line{translatable("Passive Opens"), "PassiveOpens", nullptr},
    Line{translatable("Failed Connection Attempts"), "AttemptFails", nullptr},
    Line{translatable("Reset Connections"), "EstabResets", nullptr},
    Line{translatable("Current Connections"), "CurrEstab", nullptr},
    Line{translatable("Segments Received"), "InSegs", nullptr},
    Line{translatable("Segments Sent"), "OutSegs", nullptr},
    Line{translatable("Segments Retransmitted"), "RetransSegs", nullptr},
};

constexpr std::array kUdpLines{
    Line{translatable("Datagrams Received"), "InDatagrams", "InDatagrams"},
    Line{translatable("No Ports"), "NoPorts", "NoPorts"},
    Line{translatable("Receive Errors"), "InErrors", "InErrors"},
    Line{translatable("Datagrams Sent"), "OutDatagrams", "OutDatagrams"},
};

constexpr std::size_t kIpWidth = 35;
constexpr std::size_t kTcpWidth = 36;
constexpr std::size_t kUdpWidth = 22;
constexpr std::size_t kMessageWidth = 26;
constexpr std::size_t kMessageColumn = 12;

// A kind of ICMP message: its counter without "In" and "Out", or the number of its type, which the kernel
// lists (IcmpMsg.InType9, Icmp6InType138) from the first such message on.
struct Message {
  const char* text;
  std::string_view counter;
  std::string_view second = {};  // to be added
};

constexpr std::array kIcmpMessages{
    Message{translatable("Messages"), "Msgs"},
    Message{translatable("Errors"), "Errors"},
    Message{translatable("Destination Unreachable"), "DestUnreachs"},
    Message{translatable("Time Exceeded"), "TimeExcds"},
    Message{translatable("Parameter Problems"), "ParmProbs"},
    Message{translatable("Source Quenches"), "SrcQuenchs"},
    Message{translatable("Redirects"), "Redirects"},
    Message{translatable("Echo Replies"), "EchoReps"},
    Message{translatable("Echos"), "Echos"},
    Message{translatable("Timestamps"), "Timestamps"},
    Message{translatable("Timestamp Replies"), "TimestampReps"},
    Message{translatable("Address Masks"), "AddrMasks"},
    Message{translatable("Address Mask Replies"), "AddrMaskReps"},
    Message{translatable("Router Solicitations"), "Type10"},
    Message{translatable("Router Advertisements"), "Type9"},
};

constexpr std::array kIcmp6Messages{
    Message{translatable("Messages"), "Msgs"},
    Message{translatable("Errors"), "Errors"},
    Message{translatable("Destination Unreachable"), "DestUnreachs"},
    Message{translatable("Packet Too Big"), "PktTooBigs"},
    Message{translatable("Time Exceeded"), "TimeExcds"},
    Message{translatable("Parameter Problems"), "ParmProblems"},
    Message{translatable("Echos"), "Echos"},
    Message{translatable("Echo Replies"), "EchoReplies"},
    Message{translatable("MLD Queries"), "GroupMembQueries"},
    Message{translatable("MLD Reports"), "GroupMembResponses", "MLDv2Reports"},
    Message{translatable("MLD Dones"), "GroupMembReductions"},
    Message{translatable("Router Solicitations"), "RouterSolicits"},
    Message{translatable("Router Advertisements"), "RouterAdvertisements"},
    Message{translatable("Neighbor Solicitations"), "NeighborSolicits"},
    Message{translatable("Neighbor Advertisements"), "NeighborAdvertisements"},
    Message{translatable("Redirects"), "Redirects"},
    Message{translatable("Router Renumberings"), "Type138"},
};

struct Section {
  WindowsProtocol protocol;
  const char* text;
  std::string_view prefix;  // of its counters
};

constexpr std::array kSections{
    Section{ip, translatable("IPv4 Statistics"), "Ip."},
    Section{ipv6, translatable("IPv6 Statistics"), "Ip6"},
    Section{icmp, translatable("ICMPv4 Statistics"), "Icmp."},
    Section{icmpv6, translatable("ICMPv6 Statistics"), "Icmp6"},
    Section{tcp, translatable("TCP Statistics for IPv4"), "Tcp."},
    // Linux counts TCP once, for both families.
    Section{tcpv6, translatable("TCP Statistics for IPv6"), "Tcp."},
    Section{udp, translatable("UDP Statistics for IPv4"), "Udp."},
    Section{udpv6, translatable("UDP Statistics for IPv6"), "Udp6"},
};

const Section& section_of(WindowsProtocol protocol) {
  return kSections.at(static_cast<std::size_t>(protocol));
}

std::string number_text(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "-"; }

void append_lines(std::string& out, std::span<const Line> lines, std::size_t width, const Section& section,
                  bool v6, const KernelCounters& counters) {
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    const char* name = v6 ? line->counter6 : line->counter;
    out += "  ";
    append_left(out, translated(line->text), width);
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
  out += translated("                            Received    Sent\n");
  for (auto message = messages.begin(); message != messages.end(); ++message) {
    out += "  ";
    append_left(out, translated(message->text), kMessageWidth);
    append_left(out, number_text(message_count("In", *message, v6, counters)), kMessageColumn);
    out += number_text(message_count("Out", *message, v6, counters));
    out += '\n';
  }
}

}  // namespace

void append_windows_statistics(std::string& out, WindowsProtocol protocol, const KernelCounters& counters) {
  const Section& section = section_of(protocol);
  const Section* const titled = &section;
  out.append("\n").append(translated(titled->text)).append("\n\n");
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
      out += translated("  (Linux counts TCP over IPv4 and IPv6 together.)\n");
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
      if (options.protocol) console.message(translated("netstat: the kernel has no such counters\n"));
      continue;
    }
    std::string out;
    append_windows_statistics(out, section.protocol, counters);
    console.text(out);
  }
  return status;
}

}  // namespace conntrail::netstat::windows
