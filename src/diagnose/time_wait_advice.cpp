#include "time_wait_advice.h"

#include <fmt/format.h>

namespace conntrail::diagnose {
namespace {

Advice switch_reuse_on(const PortSurvey& survey) {
  Advice advice{"let connect() take over ports that have been in TIME_WAIT for a second",
                "sysctl -w net.ipv4.tcp_tw_reuse=1",
                "outgoing connections only; needs TCP timestamps on both ends, by which old segments are "
                "then told from new ones "
                "(RFC 6191); where the peer never got the last ACK, that connect takes a second longer"};
  if (!survey.reuse.timestamps)
    advice.command = "sysctl -w net.ipv4.tcp_timestamps=1 net.ipv4.tcp_tw_reuse=1";
  return advice;
}

constexpr std::int64_t kLowest = 1024;
constexpr std::int64_t kHighest = 65535;

}  // namespace

Advice reuse_connections(const std::string& process) {
  return {fmt::format("keep connections open and use them again (keep-alive, a pool) in {}", process), "",
          "a change of the program or its settings; idle connections cost some kilobytes each and must be "
          "checked "
          "before use"};
}

std::vector<Advice> more_ports(const std::string& process, const std::string& destination,
                               const PortSurvey& survey, const PortUse& use) {
  std::vector<Advice> out{reuse_connections(process)};
  if (!use.reuse && use.time_wait > 0) out.push_back(switch_reuse_on(survey));
  if (survey.low && survey.high && (*survey.low > kLowest || *survey.high < kHighest)) {
    out.push_back({fmt::format("widen the range of local ports ({}-{} now)", *survey.low, *survey.high),
                   fmt::format("sysctl -w net.ipv4.ip_local_port_range=\"{} {}\"", kLowest, kHighest),
                   "a service that starts later may find its port taken: list such ports in "
                   "net.ipv4.ip_local_reserved_ports; it only postpones the end if the rate stays"});
  }
  out.push_back(
      {fmt::format("spread the connections over more addresses or ports of {}, or over more local "
                   "addresses",
                   destination),
       "setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, …) and bind() to one of several local "
       "addresses before connect()",
       "each (local address, remote address, remote port) has the whole range for itself; the addresses "
       "must exist and be routed"});
  if (use.time_wait > 0) {
    out.push_back(
        {"let the server close first, so that TIME_WAIT is kept there and not here", "",
         "the server then keeps the TIME_WAIT sockets, without loss of local ports, but in its memory"});
  }
  return out;
}

std::vector<Advice> let_the_client_close(const std::string& server, const std::string& client,
                                         std::uint16_t port) {
  return {
      {fmt::format("keep connections to port {} open and use them again (keep-alive, a pool) in {}, or let "
                   "it close first",
                   port, client),
       "",
       fmt::format("a change of a program or its settings; a client that never closes must then be "
                   "timed out by {}",
                   server)}};
}

Advice more_buckets(std::int64_t wanted) {
  return {"allow more TIME_WAIT sockets", fmt::format("sysctl -w net.ipv4.tcp_max_tw_buckets={}", wanted),
          "some 0.3 kB of kernel memory each"};
}

std::string about_fin_timeout() {
  return "net.ipv4.tcp_fin_timeout does not shorten TIME_WAIT: that is 60 s, fixed in the kernel "
         "(TCP_TIMEWAIT_LEN); "
         "the setting limits FIN_WAIT2 only.";
}

}  // namespace conntrail::diagnose
