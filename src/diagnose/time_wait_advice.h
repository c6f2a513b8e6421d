// What to do about TIME_WAIT, and what it costs.
#pragma once

#include <string>
#include <vector>

#include "conntrail/model/finding.h"
#include "port_use.h"

namespace conntrail::diagnose {

// For a client that runs out of local ports.
[[nodiscard]] std::vector<Advice> more_ports(const std::string& process, const std::string& destination,
                                             const PortSurvey& survey, const PortUse& use);
// For a server that keeps TIME_WAIT since it closes first.
[[nodiscard]] std::vector<Advice> let_the_client_close(const std::string& server, const std::string& client,
                                                       std::uint16_t port);
[[nodiscard]] Advice reuse_connections(const std::string& process);
[[nodiscard]] Advice more_buckets(std::int64_t wanted);

// That tcp_fin_timeout is another matter.
[[nodiscard]] std::string about_fin_timeout();

}  // namespace conntrail::diagnose
