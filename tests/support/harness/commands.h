// External programs and kernel files that tests use as independent truth.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "command.h"

namespace conntrail::live {

// Loads an nftables ruleset in the present namespace; throws with nft's message when it is refused.
void nft(const std::string& ruleset);

// A ruleset with one rule for what comes in (the sender does not notice a drop there).
[[nodiscard]] std::string nft_input(const std::string& rule);
void nft_flush();

// TCP sockets of the present namespace as `ss` sees them: cookie to state, in netstat's spelling. Listeners
// too.
[[nodiscard]] std::map<std::uint64_t, std::string> ss_states();

// /proc/net/sockstat's "TCP: … tw N": time-wait sockets of the namespace in either substate.
[[nodiscard]] std::uint64_t sockstat_time_wait();

// A counter of /proc/net/netstat or /proc/net/snmp, "TcpExt" "TCPTimeWaitOverflow".
[[nodiscard]] std::uint64_t kernel_counter(std::string_view group, std::string_view name);

}  // namespace conntrail::live
