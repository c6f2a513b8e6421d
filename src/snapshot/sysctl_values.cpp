#include "sysctl_values.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "conntrail/base/text.h"
#include "conntrail/model/counter_names.h"

namespace conntrail::snapshot {

namespace {

constexpr const char* kIpv4 = "/proc/sys/net/ipv4/";
constexpr const char* kSomaxconn = "/proc/sys/net/core/somaxconn";

// Below net.ipv4, each one number.
constexpr std::array kNames{
    "tcp_abort_on_overflow",
    "tcp_early_retrans",
    "tcp_ecn",
    "tcp_fastopen",
    "tcp_fin_timeout",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_keepalive_time",
    "tcp_max_orphans",
    "tcp_max_syn_backlog",
    "tcp_max_tw_buckets",
    "tcp_orphan_retries",
    "tcp_recovery",
    "tcp_retries1",
    "tcp_retries2",
    "tcp_rfc1337",
    "tcp_syn_linear_timeouts",
    "tcp_syn_retries",
    "tcp_synack_retries",
    "tcp_syncookies",
    "tcp_timestamps",
    "tcp_tw_reuse",
    "tcp_tw_reuse_delay",
};

void append_number(std::vector<NamedValue>& to, std::string name, std::string_view text) {
  if (const auto number = parse_number<std::int64_t>(trim(text))) to.push_back({std::move(name), *number});
}

void append_ports(std::vector<NamedValue>& to, const ReadSetting& read) {
  const auto range = read(std::string(kIpv4) + "ip_local_port_range");
  if (!range) return;
  const auto words = split_words(trim(*range));
  if (words.size() != 2) return;
  const auto low = parse_number<std::uint16_t>(words[0]);
  const auto high = parse_number<std::uint16_t>(words[1]);
  if (!low || !high || *low > *high) return;
  to.push_back({std::string(setting::kIpLocalPortRangeLow.text()), *low});
  to.push_back({std::string(setting::kIpLocalPortRangeHigh.text()), *high});
  const auto reserved = read(std::string(kIpv4) + "ip_local_reserved_ports");
  if (!reserved) return;
  if (const auto count = count_reserved(trim(*reserved), *low, *high)) {
    to.push_back({std::string(setting::kIpLocalReservedPortsInRange.text()), *count});
  }
  // Which ones, so that a reserved port that is taken is not counted twice. More runs than that are hardly
  // written by hand, and would make every sample large.
  constexpr std::size_t kMostRuns = 128;
  const auto runs = reserved_runs(trim(*reserved), *low, *high);
  if (!runs || runs->size() > kMostRuns) return;
  for (const PortRun& run : *runs)
    to.push_back({std::string(setting::kReservedRunPrefix) + std::to_string(run.first), run.last});
}

}  // namespace

void append_settings(std::vector<NamedValue>& to, const ReadSetting& read) {
  for (const char* name : kNames) {
    if (const auto text = read(std::string(kIpv4) + name)) {
      append_number(to, std::string("sysctl.") + name, *text);
    }
  }
  if (const auto text = read(kSomaxconn)) append_number(to, std::string(setting::kSomaxconn.text()), *text);
  append_ports(to, read);
}

std::optional<std::vector<PortRun>> reserved_runs(std::string_view text, std::int64_t low,
                                                  std::int64_t high) {
  constexpr std::size_t kPorts = 65536;
  std::bitset<kPorts + 1> reserved;  // what is named twice counts once; the last one ends a run
  if (text.empty()) return std::vector<PortRun>();
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = parse_number<std::uint16_t>(part.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_number<std::uint16_t>(part.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    const std::int64_t begin = std::max<std::int64_t>(*first, low);
    const std::int64_t end = std::min<std::int64_t>(*last, high);
    for (std::int64_t port = begin; port <= end; ++port) reserved.set(static_cast<std::size_t>(port));
  }
  std::vector<PortRun> runs;
  for (std::size_t port = 0; port < kPorts; ++port) {
    if (!reserved[port]) continue;
    const std::size_t first = port;
    while (reserved[port + 1]) ++port;
    runs.push_back({static_cast<std::int64_t>(first), static_cast<std::int64_t>(port)});
  }
  return runs;
}

std::optional<std::int64_t> count_reserved(std::string_view text, std::int64_t low, std::int64_t high) {
  const auto runs = reserved_runs(text, low, high);
  if (!runs) return std::nullopt;
  std::int64_t count = 0;
  for (const PortRun& run : *runs) count += run.last - run.first + 1;
  return count;
}

}  // namespace conntrail::snapshot
