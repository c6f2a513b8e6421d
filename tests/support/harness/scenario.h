// What every scenario starts from: a namespace, a client and a server process, and conntrail tracing the
// namespace.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor.h"
#include "commands.h"
#include "expectation.h"
#include "netns.h"
#include "patience.h"
#include "peer.h"
#include "tool.h"

namespace conntrail::live {

class Scenario : public ::testing::TestWithParam<Flavour> {
 protected:
  // A late acknowledgement of a time-wait socket that finds its peer gone is answered by an RST, which would
  // end the TIME_WAIT that the scenario expects to stay (RFC 1337).
  Scenario() { net.sysctl("net.ipv4.tcp_rfc1337", "1"); }

  // Starts `conntrail trace --json --netns self` and waits until nothing escapes it any more.
  void trace(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"trace", "--json", "--netns", "self"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    tool = std::make_unique<Tool>(std::move(arguments));
    tool->wait_ready();
  }

  void expect(const std::vector<ExpectedSocket>& sockets, Duration bound = std::chrono::seconds(5)) {
    expect_exactly(*tool, net.inode(), sockets, bound);
  }

  // The kernel's own word, through ss, within a few seconds: acknowledgements may be delayed, FINs sent
  // again.
  static bool kernel_says(std::uint64_t cookie, std::string_view state) {
    return eventually(
        [&] {
          const auto states = ss_states();
          const auto found = states.find(cookie);
          return found != states.end() && found->second == state;
        },
        std::chrono::seconds(8));
  }

  // Ordinary lines of a listener that lives through the whole test.
  [[nodiscard]] ExpectedSocket the_listener(const Pair& pair) {
    return listener("listener", pair.listener_facts, server.party());
  }

  test::PrivateNamespace net;
  Peer client{"ct-client"};
  Peer server{"ct-server"};
  std::unique_ptr<Tool> tool;
};

inline std::string flavour_of(const ::testing::TestParamInfo<Flavour>& info) {
  return flavour_name(info.param);
}

inline auto all_flavours() { return ::testing::Values(Flavour::v4, Flavour::v6, Flavour::v4_mapped); }

}  // namespace conntrail::live
