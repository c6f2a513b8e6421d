// What the tests of owners have in common: peers that hand descriptors over, and rows and lines by cookie.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenario.h"

namespace conntrail::live {

class Owners : public Scenario {
 protected:
  Owners() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    left.reset(ends[0]);
    right.reset(ends[1]);
  }

  // The descriptor in the other process; both hold the socket then.
  int hand_over(Peer& from, int fd, Peer& to) {
    from.send_descriptor(left.get(), fd);
    return to.receive_descriptor(right.get());
  }

  static const Json* row_of(const std::vector<Json>& rows, std::uint64_t cookie) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Json& candidate) {
      return candidate.value("cookie", std::uint64_t{0}) == cookie;
    });
    return row == rows.end() ? nullptr : &*row;
  }
  // "name/pid source"; what is absent is empty or 0.
  static std::string owner_of(const Json* row) {
    if (row == nullptr) return "no row";
    return row->value("comm", "") + "/" + std::to_string(row->value("pid", 0U)) + " " +
           row->value("owner_source", "");
  }
  static std::string owner(const Party& party, std::string_view source) {
    return party.comm + "/" + std::to_string(party.pid) + " " + std::string(source);
  }
  // The line about the socket's entry into a state, once it has come.
  std::string owner_at(std::uint64_t cookie, std::string_view state) {
    const auto is_it = [&](const Json& line) {
      return line.value("cookie", std::uint64_t{0}) == cookie && line.value("to", "") == state;
    };
    if (!tool->saw(is_it, std::chrono::seconds(8))) return "no line";
    const auto& lines = tool->lines();
    return owner_of(&*std::find_if(lines.begin(), lines.end(), is_it));
  }
  std::string owner_in_list(std::uint64_t cookie, std::vector<std::string> more = {"--no-history"}) {
    std::vector<std::string> arguments{"list", "--json", "--netns", "self"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ToolRun list = run_tool(std::move(arguments), true);
    return owner_of(row_of(list.lines, cookie));
  }

  UniqueFd left;  // a pair of connected AF_UNIX sockets for actors to inherit
  UniqueFd right;
};

}  // namespace conntrail::live
