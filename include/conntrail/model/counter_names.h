// Names of the kernel's counters and settings that something asks a HostSample for. They are constants, so
// that a name that does not exist is an error of the compiler and not a number that is never known.
//
// NamedValue (host_sample.h) says where the kernel has them and how the names are made.
#pragma once

#include <string_view>

namespace conntrail {

class CounterName {
 public:
  explicit consteval CounterName(std::string_view text) : text_(text) {}
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

namespace counter {

inline constexpr CounterName kOutSegs{"Tcp.OutSegs"};
inline constexpr CounterName kRetransSegs{"Tcp.RetransSegs"};
inline constexpr CounterName kDSACKOfoRecv{"TcpExt.TCPDSACKOfoRecv"};
inline constexpr CounterName kDSACKRecv{"TcpExt.TCPDSACKRecv"};
inline constexpr CounterName kFastRetrans{"TcpExt.TCPFastRetrans"};
inline constexpr CounterName kListenDrops{"TcpExt.ListenDrops"};
inline constexpr CounterName kListenOverflows{"TcpExt.ListenOverflows"};
inline constexpr CounterName kLossProbeRecovery{"TcpExt.TCPLossProbeRecovery"};
inline constexpr CounterName kLossProbes{"TcpExt.TCPLossProbes"};
inline constexpr CounterName kLostRetransmit{"TcpExt.TCPLostRetransmit"};
inline constexpr CounterName kReqQFullDrop{"TcpExt.TCPReqQFullDrop"};
inline constexpr CounterName kSlowStartRetrans{"TcpExt.TCPSlowStartRetrans"};
inline constexpr CounterName kSpuriousRtxHostQueues{"TcpExt.TCPSpuriousRtxHostQueues"};
inline constexpr CounterName kSynRetrans{"TcpExt.TCPSynRetrans"};
inline constexpr CounterName kSyncookiesSent{"TcpExt.SyncookiesSent"};
inline constexpr CounterName kTWRecycled{"TcpExt.TWRecycled"};
inline constexpr CounterName kTimeWaitOverflow{"TcpExt.TCPTimeWaitOverflow"};
inline constexpr CounterName kTimeouts{"TcpExt.TCPTimeouts"};
inline constexpr CounterName kTimeWaitSockets{"sockstat.TCP.tw"};

}  // namespace counter

namespace setting {

inline constexpr CounterName kIpLocalPortRangeHigh{"sysctl.ip_local_port_range.high"};
inline constexpr CounterName kIpLocalPortRangeLow{"sysctl.ip_local_port_range.low"};
inline constexpr CounterName kIpLocalReservedPortsInRange{"sysctl.ip_local_reserved_ports.in_range"};
// Followed by the first port of a run of reserved ports; the value is the last.
inline constexpr std::string_view kReservedRunPrefix = "sysctl.ip_local_reserved_ports.run.";
inline constexpr CounterName kSomaxconn{"sysctl.somaxconn"};
inline constexpr CounterName kTcpAbortOnOverflow{"sysctl.tcp_abort_on_overflow"};
inline constexpr CounterName kTcpFinTimeout{"sysctl.tcp_fin_timeout"};
inline constexpr CounterName kTcpMaxSynBacklog{"sysctl.tcp_max_syn_backlog"};
inline constexpr CounterName kTcpMaxTwBuckets{"sysctl.tcp_max_tw_buckets"};
inline constexpr CounterName kTcpSynRetries{"sysctl.tcp_syn_retries"};
inline constexpr CounterName kTcpSyncookies{"sysctl.tcp_syncookies"};
inline constexpr CounterName kTcpTimestamps{"sysctl.tcp_timestamps"};
inline constexpr CounterName kTcpTwReuse{"sysctl.tcp_tw_reuse"};
inline constexpr CounterName kTcpTwReuseDelay{"sysctl.tcp_tw_reuse_delay"};

}  // namespace setting
}  // namespace conntrail
