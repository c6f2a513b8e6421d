// What the command-line tests have in common: one connection made and closed, and lines chosen by type.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenario.h"

namespace conntrail::live {

class Cli : public Scenario {
 protected:
  // Opened, closed by the client first.
  Pair one_connection() {
    const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
    client.close(pair.client);
    server.read_end(pair.server);
    server.close(pair.server);
    return pair;
  }
  [[nodiscard]] static std::size_t count_type(const std::vector<Json>& lines, std::string_view type) {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const Json& line) { return line.value("type", "") == type; }));
  }
  [[nodiscard]] static std::set<std::uint64_t> cookies(const std::vector<Json>& lines) {
    std::set<std::uint64_t> all;
    for (const Json& line : lines)
      if (line.contains("cookie")) all.insert(line["cookie"].get<std::uint64_t>());
    return all;
  }
};

}  // namespace conntrail::live
