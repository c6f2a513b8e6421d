#include "unix_peers.h"

#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include "conntrail/netlink/attributes.h"
#include "conntrail/netlink/consistent_read.h"
#include "conntrail/netlink/dump.h"

namespace conntrail::snapshot {

namespace {

using netlink::Bytes;
using netlink::copy_prefix;

Result<netlink::DumpReport> dump_into(std::vector<UnixPeering>& pairs) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = ~0U;
  request.udiag_show = UDIAG_SHOW_PEER;
  auto dump = netlink::Dump::ask({.subsystem = netlink::Subsystem::sock_diag,
                                  .type = SOCK_DIAG_BY_FAMILY,
                                  .answer = SOCK_DIAG_BY_FAMILY,
                                  .body = std::as_bytes(std::span(&request, 1)),
                                  .what = "cannot read the peers of UNIX sockets by sock_diag"});
  if (!dump) return std::unexpected(dump.error());
  while (const auto payload = dump->next()) {
    if (const auto pair = decode_unix_peering(*payload)) pairs.push_back(*pair);
  }
  return dump->end();
}

}  // namespace

std::optional<UnixPeering> decode_unix_peering(Bytes payload) {
  if (payload.size() < sizeof(unix_diag_msg)) return std::nullopt;
  const auto message = copy_prefix<unix_diag_msg>(payload);
  UnixPeering pair{.inode = message.udiag_ino};
  netlink::for_each_attribute(netlink::behind(payload, sizeof(unix_diag_msg)),
                              [&pair](int type, Bytes value) {
                                if (type != UNIX_DIAG_PEER || value.size() < sizeof(std::uint32_t)) return;
                                pair.peer = copy_prefix<std::uint32_t>(value);
                              });
  if (message.udiag_family != AF_UNIX || pair.peer == 0) return std::nullopt;
  return pair;
}

Result<UnixPeerings> read_unix_peers() {
  UnixPeerings peerings;
  const auto report =
      netlink::read_consistently([&] { return dump_into(peerings.pairs); }, [&] { peerings.pairs.clear(); });
  if (!report) return std::unexpected(report.error());
  peerings.interrupted = report->interrupted;
  return peerings;
}

}  // namespace conntrail::snapshot
