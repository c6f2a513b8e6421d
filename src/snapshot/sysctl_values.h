// The settings of TCP in the calling thread's network namespace.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/model/host_sample.h"

namespace conntrail::snapshot {

// How a file below /proc/sys is read; empty when it cannot be.
using ReadSetting = std::function<std::optional<std::string>(const std::string& path)>;

// Appends every setting that model/host_sample.h names and `read` gives as a whole number; the rest is left
// out.
void append_settings(std::vector<NamedValue>& to, const ReadSetting& read);

// Ports first to last.
struct PortRun {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const PortRun&) const = default;
};
// The ports of a list such as "8080,9000-9010" that lie in the range, ascending; empty when it is malformed.
[[nodiscard]] std::optional<std::vector<PortRun>> reserved_runs(std::string_view text, std::int64_t low,
                                                                std::int64_t high);

// How many ports of [low, high] the text of ip_local_reserved_ports names ("8080,9148,30000-30010"). Empty
// when it is no such list.
[[nodiscard]] std::optional<std::int64_t> count_reserved(std::string_view text, std::int64_t low,
                                                         std::int64_t high);

}  // namespace conntrail::snapshot
