#include "statistics/statistics_labels.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "output/translation.h"

namespace conntrail::netstat {

namespace {

using enum CounterKind;

// netstat looks names up by bisection in tables that are not sorted, and so never finds some names although
// it has a text for them (TCPTimeouts, TCPSackRecovery, Forwarding, …): those are not here, and are printed
// bare as netstat prints them.

constexpr std::array kIp{
    CounterLabel{"DefaultTTL", hidden, ""},
    CounterLabel{"ForwDatagrams", always, translatable("%llu forwarded")},
    CounterLabel{"FragCreates", non_zero, translatable("%llu fragments created")},
    CounterLabel{"FragFails", non_zero, translatable("%llu outgoing packets failed fragmentation")},
    CounterLabel{"FragOKs", non_zero, translatable("%llu outgoing packets fragmented ok")},
    CounterLabel{"InAddrErrors", non_zero, translatable("%llu with invalid addresses")},
    CounterLabel{"InDelivers", always, translatable("%llu incoming packets delivered")},
    CounterLabel{"InDiscards", always, translatable("%llu incoming packets discarded")},
    CounterLabel{"InHdrErrors", non_zero, translatable("%llu with invalid headers")},
    CounterLabel{"InReceives", always, translatable("%llu total packets received")},
    CounterLabel{"InUnknownProtos", non_zero, translatable("%llu with unknown protocol")},
    CounterLabel{"OutDiscards", non_zero, translatable("%llu outgoing packets dropped")},
    CounterLabel{"OutNoRoutes", non_zero, translatable("%llu dropped because of missing route")},
    CounterLabel{"OutRequests", always, translatable("%llu requests sent out")},
    CounterLabel{"ReasmFails", non_zero, translatable("%llu packet reassemblies failed")},
    CounterLabel{"ReasmOKs", non_zero, translatable("%llu packets reassembled ok")},
    CounterLabel{"ReasmReqds", non_zero, translatable("%llu reassemblies required")},
    CounterLabel{"ReasmTimeout", non_zero, translatable("%llu fragments dropped after timeout")},
};

constexpr std::array kIcmp{
    CounterLabel{"InAddrMaskReps", icmp_in, translatable("address mask replies: %llu")},
    CounterLabel{"InAddrMasks", icmp_in, translatable("address mask request: %llu")},
    CounterLabel{"InDestUnreachs", icmp_in, translatable("destination unreachable: %llu")},
    CounterLabel{"InEchoReps", icmp_in, translatable("echo replies: %llu")},
    CounterLabel{"InEchos", icmp_in, translatable("echo requests: %llu")},
    CounterLabel{"InErrors", always, translatable("%llu input ICMP message failed")},
    CounterLabel{"InMsgs", always, translatable("%llu ICMP messages received")},
    CounterLabel{"InParmProbs", icmp_in, translatable("wrong parameters: %llu")},
    CounterLabel{"InRedirects", icmp_in, translatable("redirects: %llu")},
    CounterLabel{"InSrcQuenchs", icmp_in, translatable("source quenches: %llu")},
    CounterLabel{"InTimeExcds", icmp_in, translatable("timeout in transit: %llu")},
    CounterLabel{"InTimestampReps", icmp_in, translatable("timestamp reply: %llu")},
    CounterLabel{"InTimestamps", icmp_in, translatable("timestamp request: %llu")},
    CounterLabel{"OutAddrMaskReps", icmp_out, translatable("address mask replies: %llu")},
    CounterLabel{"OutAddrMasks", icmp_out, translatable("address mask requests: %llu")},
    CounterLabel{"OutDestUnreachs", icmp_out, translatable("destination unreachable: %llu")},
    CounterLabel{"OutEchoReps", icmp_out, translatable("echo replies: %llu")},
    CounterLabel{"OutEchos", icmp_out, translatable("echo requests: %llu")},
    CounterLabel{"OutErrors", always, translatable("%llu ICMP messages failed")},
    CounterLabel{"OutMsgs", always, translatable("%llu ICMP messages sent")},
    CounterLabel{"OutParmProbs", icmp_out, translatable("wrong parameters: %llu")},
    CounterLabel{"OutRedirects", icmp_out, translatable("redirect: %llu")},
    CounterLabel{"OutSrcQuenchs", icmp_out, translatable("source quench: %llu")},
    CounterLabel{"OutTimeExcds", icmp_out, translatable("time exceeded: %llu")},
    CounterLabel{"OutTimestampReps", icmp_out, translatable("timestamp replies: %llu")},
    CounterLabel{"OutTimestamps", icmp_out, translatable("timestamp requests: %llu")},
};

constexpr std::array kTcp{
    CounterLabel{"ActiveOpens", always, translatable("%llu active connection openings")},
    CounterLabel{"AttemptFails", always, translatable("%llu failed connection attempts")},
    CounterLabel{"CurrEstab", always, translatable("%llu connections established")},
    CounterLabel{"EstabResets", always, translatable("%llu connection resets received")},
    CounterLabel{"InErrs", always, translatable("%llu bad segments received")},
    CounterLabel{"InSegs", always, translatable("%llu segments received")},
    CounterLabel{"MaxConn", hidden, ""},
    CounterLabel{"OutRsts", always, translatable("%llu resets sent")},
    CounterLabel{"OutSegs", always, translatable("%llu segments sent out")},
    CounterLabel{"PassiveOpens", always, translatable("%llu passive connection openings")},
    CounterLabel{"RetransSegs", always, translatable("%llu segments retransmitted")},
    CounterLabel{"RtoAlgorithm", hidden, ""},
    CounterLabel{"RtoMax", hidden, ""},
    CounterLabel{"RtoMin", hidden, ""},
};

constexpr std::array kUdp{
    CounterLabel{"InDatagrams", always, translatable("%llu packets received")},
    CounterLabel{"InErrors", always, translatable("%llu packet receive errors")},
    CounterLabel{"NoPorts", always, translatable("%llu packets to unknown port received")},
    CounterLabel{"OutDatagrams", always, translatable("%llu packets sent")},
    CounterLabel{"RcvbufErrors", always, translatable("%llu receive buffer errors")},
    CounterLabel{"SndbufErrors", always, translatable("%llu send buffer errors")},
};

constexpr std::array kTcpExt{
    CounterLabel{"DelayedACKLocked", non_zero,
                 translatable("%llu delayed acks further delayed because of locked socket")},
    CounterLabel{"DelayedACKLost", non_zero, translatable("Quick ack mode was activated %llu times")},
    CounterLabel{"DelayedACKs", non_zero, translatable("%llu delayed acks sent")},
    CounterLabel{"EmbryonicRsts", non_zero,
                 translatable("%llu resets received for embryonic SYN_RECV sockets")},
    CounterLabel{"ListenDrops", non_zero, translatable("%llu SYNs to LISTEN sockets dropped")},
    CounterLabel{"ListenOverflows", non_zero,
                 translatable("%llu times the listen queue of a socket overflowed")},
    CounterLabel{"LockDroppedIcmps", non_zero,
                 translatable("%llu ICMP packets dropped because socket was locked")},
    CounterLabel{
        "OfoPruned", non_zero,
        translatable("%llu packets dropped from out-of-order queue because of socket buffer overrun")},
    CounterLabel{"OutOfWindowIcmps", non_zero,
                 translatable("%llu ICMP packets dropped because they were out-of-window")},
    CounterLabel{"PAWSActive", non_zero,
                 translatable("%llu active connections rejected because of time stamp")},
    CounterLabel{"PAWSEstab", non_zero,
                 translatable("%llu packets rejected in established connections because of timestamp")},
    CounterLabel{"PAWSPassive", non_zero,
                 translatable("%llu passive connections rejected because of time stamp")},
    CounterLabel{"PruneCalled", non_zero,
                 translatable("%llu packets pruned from receive queue because of socket buffer overrun")},
    CounterLabel{"RcvPruned", non_zero, translatable("%llu packets pruned from receive queue")},
    CounterLabel{"SockMallocOOM", non_zero,
                 translatable("Ran %llu times out of system memory during packet sending")},
    CounterLabel{"SyncookiesFailed", non_zero, translatable("%llu invalid SYN cookies received")},
    CounterLabel{"SyncookiesRecv", non_zero, translatable("%llu SYN cookies received")},
    CounterLabel{"SyncookiesSent", non_zero, translatable("%llu SYN cookies sent")},
    CounterLabel{"TCPAbortFailed", non_zero, translatable("%llu times unable to send RST due to no memory")},
    CounterLabel{"TCPAbortOnClose", non_zero, translatable("%llu connections reset due to early user close")},
    CounterLabel{"TCPAbortOnData", non_zero, translatable("%llu connections reset due to unexpected data")},
    CounterLabel{"TCPAbortOnLinger", non_zero,
                 translatable("%llu connections aborted after user close in linger timeout")},
    CounterLabel{"TCPAbortOnMemory", non_zero,
                 translatable("%llu connections aborted due to memory pressure")},
    CounterLabel{"TCPAbortOnSyn", non_zero, translatable("%llu connections reset due to unexpected SYN")},
    CounterLabel{"TCPAbortOnTimeout", non_zero, translatable("%llu connections aborted due to timeout")},
    CounterLabel{"TCPDirectCopyFromBacklog", non_zero,
                 translatable("%llu bytes directly in process context from backlog")},
    CounterLabel{"TCPFACKReorder", non_zero, translatable("Detected reordering %llu times using FACK")},
    CounterLabel{"TCPFastRetrans", non_zero, translatable("%llu fast retransmits")},
    CounterLabel{"TCPForwardRetrans", non_zero, translatable("%llu forward retransmits")},
    CounterLabel{"TCPFullUndo", non_zero,
                 translatable("%llu congestion windows fully recovered without slow start")},
    CounterLabel{"TCPHPAcks", non_zero, translatable("%llu predicted acknowledgments")},
    CounterLabel{"TCPHPHits", always, translatable("%llu packet headers predicted")},
    CounterLabel{"TCPHPHitsToUser", non_zero,
                 translatable("%llu packet headers predicted and directly queued to user")},
    CounterLabel{"TCPLossFailures", non_zero, translatable("%llu timeouts in loss state")},
    CounterLabel{"TCPLossUndo", non_zero,
                 translatable("%llu congestion windows recovered without slow start after partial ack")},
    CounterLabel{"TCPLostRetransmits", non_zero, translatable("%llu retransmits lost")},
    CounterLabel{"TCPMemoryPressures", non_zero, translatable("TCP ran low on memory %llu times")},
    CounterLabel{"TCPPartialUndo", non_zero,
                 translatable("%llu congestion windows partially recovered using Hoe heuristic")},
    CounterLabel{"TCPPrequeued", non_zero, translatable("%llu packets directly queued to recvmsg prequeue")},
    CounterLabel{"TCPPureAcks", non_zero,
                 translatable("%llu acknowledgments not containing data payload received")},
    CounterLabel{"TCPRcvCollapsed", non_zero,
                 translatable("%llu packets collapsed in receive queue due to low socket buffer")},
    CounterLabel{"TCPRenoFailures", non_zero, translatable("%llu timeouts after reno fast retransmit")},
    CounterLabel{"TCPRenoRecovery", non_zero,
                 translatable("%llu times recovered from packet loss due to fast retransmit")},
    CounterLabel{"TCPRenoReorder", non_zero,
                 translatable("Detected reordering %llu times using reno fast retransmit")},
    CounterLabel{"TCPSACKReorder", non_zero, translatable("Detected reordering %llu times using SACK")},
    CounterLabel{"TCPSchedulerFailed", non_zero,
                 translatable("%llu times receiver scheduled too late for direct processing")},
    CounterLabel{"TCPSlowStartRetrans", non_zero, translatable("%llu retransmits in slow start")},
    CounterLabel{"TCPTSReorder", non_zero, translatable("Detected reordering %llu times using time stamp")},
    CounterLabel{"TW", non_zero, translatable("%llu TCP sockets finished time wait in fast timer")},
    CounterLabel{"TWRecycled", non_zero, translatable("%llu time wait sockets recycled by time stamp")},
};

constexpr std::array kSctp{
    CounterLabel{"SctpAborteds", always, translatable("%llu Number of Aborteds ")},
    CounterLabel{"SctpActiveEstabs", always, translatable("%llu Active Associations")},
    CounterLabel{"SctpChecksumErrors", always, translatable("%llu Number of Packets with invalid Checksum")},
    CounterLabel{"SctpCurrEstab", always, translatable("%llu Current Associations")},
    CounterLabel{"SctpFragUsrMsgs", always, translatable("%llu Number of messages fragmented")},
    CounterLabel{"SctpInCtrlChunks", always, translatable("%llu Number of control chunks received")},
    CounterLabel{"SctpInOrderChunks", always, translatable("%llu Number of ordered chunks received")},
    CounterLabel{"SctpInSCTPPacks", always, translatable("%llu Number of SCTP packets received")},
    CounterLabel{"SctpInUnorderChunks", always, translatable("%llu Number of Unordered chunks received")},
    CounterLabel{"SctpOutCtrlChunks", always, translatable("%llu Number of control chunks sent")},
    CounterLabel{"SctpOutOfBlues", always, translatable("%llu Number of Out of Blue packets")},
    CounterLabel{"SctpOutOrderChunks", always, translatable("%llu Number of ordered chunks sent")},
    CounterLabel{"SctpOutSCTPPacks", always, translatable("%llu Number of SCTP packets sent")},
    CounterLabel{"SctpOutUnorderChunks", always, translatable("%llu Number of Unordered chunks sent")},
    CounterLabel{"SctpPassiveEstabs", always, translatable("%llu Passive Associations")},
    CounterLabel{"SctpReasmUsrMsgs", always, translatable("%llu Number of messages reassembled ")},
    CounterLabel{"SctpShutdowns", always, translatable("%llu Number of Graceful Terminations")},
};

constexpr std::array kIp6{
    CounterLabel{"Ip6FragCreates", non_zero, translatable("%llu fragments created")},
    CounterLabel{"Ip6FragFails", non_zero, translatable("%llu outgoing packets failed fragmentation")},
    CounterLabel{"Ip6FragOKs", non_zero, translatable("%llu outgoing packets fragmented ok")},
    CounterLabel{"Ip6InAddrErrors", non_zero, translatable("%llu with invalid addresses")},
    CounterLabel{"Ip6InDelivers", always, translatable("%llu incoming packets delivered")},
    CounterLabel{"Ip6InDiscards", always, translatable("%llu incoming packets discarded")},
    CounterLabel{"Ip6InHdrErrors", non_zero, translatable("%llu with invalid headers")},
    CounterLabel{"Ip6InMcastPkts", non_zero, translatable("%llu incoming multicast packets")},
    CounterLabel{"Ip6InNoRoutes", non_zero, translatable("%llu incoming packets with no route")},
    CounterLabel{"Ip6InReceives", always, translatable("%llu total packets received")},
    CounterLabel{"Ip6InTooBigErrors", non_zero, translatable("%llu with packets too big")},
    CounterLabel{"Ip6InTruncatedPkts", non_zero, translatable("%llu with truncated packets")},
    CounterLabel{"Ip6InUnknownProtos", non_zero, translatable("%llu with unknown protocol")},
    CounterLabel{"Ip6OutDiscards", non_zero, translatable("%llu outgoing packets dropped")},
    CounterLabel{"Ip6OutForwDatagrams", always, translatable("%llu forwarded")},
    CounterLabel{"Ip6OutMcastPkts", non_zero, translatable("%llu outgoing multicast packets")},
    CounterLabel{"Ip6OutNoRoutes", non_zero, translatable("%llu dropped because of missing route")},
    CounterLabel{"Ip6OutRequests", always, translatable("%llu requests sent out")},
    CounterLabel{"Ip6ReasmFails", non_zero, translatable("%llu packet reassemblies failed")},
    CounterLabel{"Ip6ReasmOKs", non_zero, translatable("%llu packets reassembled ok")},
    CounterLabel{"Ip6ReasmReqds", non_zero, translatable("%llu reassemblies required")},
    CounterLabel{"Ip6ReasmTimeout", non_zero, translatable("%llu fragments dropped after timeout")},
};

constexpr std::array kIcmp6{
    CounterLabel{"Icmp6InDestUnreachs", icmp_in, translatable("destination unreachable: %llu")},
    CounterLabel{"Icmp6InEchoReplies", icmp_in, translatable("echo replies: %llu")},
    CounterLabel{"Icmp6InEchos", icmp_in, translatable("echo requests: %llu")},
    CounterLabel{"Icmp6InErrors", always, translatable("%llu input ICMP message failed")},
    CounterLabel{"Icmp6InGroupMembQueries", icmp_in, translatable("group member queries: %llu")},
    CounterLabel{"Icmp6InGroupMembReductions", icmp_in, translatable("group member reductions: %llu")},
    CounterLabel{"Icmp6InGroupMembResponses", icmp_in, translatable("group member responses: %llu")},
    CounterLabel{"Icmp6InMsgs", always, translatable("%llu ICMP messages received")},
    CounterLabel{"Icmp6InNeighborAdvertisements", icmp_in, translatable("neighbour advertisement: %llu")},
    CounterLabel{"Icmp6InNeighborSolicits", icmp_in, translatable("neighbour solicits: %llu")},
    CounterLabel{"Icmp6InParmProblems", icmp_in, translatable("parameter problem: %llu")},
    CounterLabel{"Icmp6InPktTooBigs", icmp_in, translatable("packets too big: %llu")},
    CounterLabel{"Icmp6InRedirects", icmp_in, translatable("redirects: %llu")},
    CounterLabel{"Icmp6InRouterAdvertisements", icmp_in, translatable("router advertisement: %llu")},
    CounterLabel{"Icmp6InRouterSolicits", icmp_in, translatable("router solicits: %llu")},
    CounterLabel{"Icmp6InTimeExcds", icmp_in, translatable("received ICMPv6 time exceeded: %llu")},
    CounterLabel{"Icmp6OutDestUnreachs", icmp_out, translatable("destination unreachable: %llu")},
    CounterLabel{"Icmp6OutEchoReplies", icmp_out, translatable("echo replies: %llu")},
    CounterLabel{"Icmp6OutEchos", icmp_out, translatable("echo requests: %llu")},
    CounterLabel{"Icmp6OutGroupMembQueries", icmp_out, translatable("group member queries: %llu")},
    CounterLabel{"Icmp6OutGroupMembReductions", icmp_out, translatable("group member reductions: %llu")},
    CounterLabel{"Icmp6OutGroupMembResponses", icmp_out, translatable("group member responses: %llu")},
    CounterLabel{"Icmp6OutMsgs", always, translatable("%llu ICMP messages sent")},
    CounterLabel{"Icmp6OutNeighborAdvertisements", icmp_out, translatable("neighbor advertisements: %llu")},
    CounterLabel{"Icmp6OutNeighborSolicits", icmp_out, translatable("neighbor solicits: %llu")},
    CounterLabel{"Icmp6OutParmProblems", icmp_out, translatable("parameter problem: %llu")},
    CounterLabel{"Icmp6OutPktTooBigs", icmp_out, translatable("packets too big: %llu")},
    CounterLabel{"Icmp6OutRedirects", icmp_out, translatable("redirects: %llu")},
    CounterLabel{"Icmp6OutRouterSolicits", icmp_out, translatable("router solicits: %llu")},
    CounterLabel{"Icmp6OutTimeExcds", icmp_out, translatable("sent ICMPv6 time exceeded: %llu")},
};

constexpr std::array kUdp6{
    CounterLabel{"Udp6InDatagrams", always, translatable("%llu packets received")},
    CounterLabel{"Udp6InErrors", always, translatable("%llu packet receive errors")},
    CounterLabel{"Udp6NoPorts", always, translatable("%llu packets to unknown port received")},
    CounterLabel{"Udp6OutDatagrams", always, translatable("%llu packets sent")},
};

constexpr bool sorted(std::span<const CounterLabel> labels) {
  return std::ranges::is_sorted(labels, {}, &CounterLabel::name);
}
static_assert(sorted(kIp) && sorted(kIcmp) && sorted(kTcp) && sorted(kUdp) && sorted(kTcpExt) &&
              sorted(kSctp) && sorted(kIp6) && sorted(kIcmp6) && sorted(kUdp6));

constexpr std::array kInetSections{
    CounterSection{"Ip", CounterProtocol::raw, kIp},
    CounterSection{"Icmp", CounterProtocol::raw, kIcmp},
    CounterSection{"Tcp", CounterProtocol::tcp, kTcp},
    CounterSection{"TcpExt", CounterProtocol::tcp, kTcpExt},
    CounterSection{"Udp", CounterProtocol::udp, kUdp},
    CounterSection{"Sctp", CounterProtocol::sctp, kSctp},
};

constexpr std::array kInet6Sections{
    CounterSection{"Ip6", CounterProtocol::raw, kIp6},
    CounterSection{"Icmp6", CounterProtocol::raw, kIcmp6},
    CounterSection{"Udp6", CounterProtocol::udp, kUdp6},
    CounterSection{"Tcp6", CounterProtocol::tcp, {}},
};

}  // namespace

const CounterLabel* CounterSection::find(std::string_view counter) const {
  const auto found = std::ranges::lower_bound(labels, counter, {}, &CounterLabel::name);
  return found != labels.end() && found->name == counter ? &*found : nullptr;
}

const CounterSection* find_counter_section(CounterFamily family, std::string_view name) {
  const std::span<const CounterSection> sections = family == CounterFamily::inet
                                                       ? std::span<const CounterSection>(kInetSections)
                                                       : std::span<const CounterSection>(kInet6Sections);
  const auto found = std::ranges::find(sections, name, &CounterSection::name);
  return found != sections.end() ? &*found : nullptr;
}

}  // namespace conntrail::netstat
