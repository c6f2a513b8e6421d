#include "masquerade/conntrack_table.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <vector>

#include "conntrail/netlink/consistent_read.h"
#include "conntrail/netlink/dump.h"
#include "masquerade/conntrack_line.h"
#include "masquerade/conntrack_message.h"
#include "proc/proc_lines.h"

namespace conntrail::netstat {

namespace {

constexpr const char* kFile = "/proc/net/nf_conntrack";

// The answers of a kernel without connection tracking, without its netlink part, or without netfilter.
int absence_of(int error) {
  constexpr std::array kAbsent{EPROTONOSUPPORT, EAFNOSUPPORT, EOPNOTSUPP, EINVAL, ENOENT, ECONNREFUSED};
  return std::ranges::find(kAbsent, error) != kAbsent.end() ? ENOENT : error;
}

Result<netlink::DumpReport> dump_into(int family, std::vector<TrackedConnection>& connections) {
  nfgenmsg request{};
  request.nfgen_family = static_cast<std::uint8_t>(family);
  request.version = NFNETLINK_V0;
  auto dump = netlink::Dump::ask({.subsystem = netlink::Subsystem::netfilter,
                                  .type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET,
                                  .answer = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW,
                                  .body = std::as_bytes(std::span(&request, 1)),
                                  .what = "cannot read the connection tracking by ctnetlink"});
  if (!dump) return std::unexpected(dump.error());
  while (const auto payload = dump->next()) {
    if (auto connection = decode_conntrack(*payload)) connections.push_back(*connection);
  }
  return dump->end();
}

}  // namespace

std::expected<ConntrackReport, int> read_conntrack_netlink(int family, const TakeConnection& take) {
  std::vector<TrackedConnection> connections;
  const auto report = netlink::read_consistently([&] { return dump_into(family, connections); },
                                                 [&] { connections.clear(); });
  if (!report) return std::unexpected(absence_of(report.error().sys_errno));
  for (const TrackedConnection& connection : connections) take(connection);
  return ConntrackReport{report->interrupted};
}

std::expected<void, int> read_conntrack_file(int family, const TakeConnection& take) {
  auto lines = ProcLines::open(kFile);
  if (!lines) return std::unexpected(lines.error());
  std::string_view line;
  while (lines->next(line)) {
    const auto connection = parse_conntrack_line(line);
    if (connection && (family == AF_UNSPEC || connection->family() == static_cast<Family>(family)))
      take(*connection);
  }
  return {};
}

}  // namespace conntrail::netstat
