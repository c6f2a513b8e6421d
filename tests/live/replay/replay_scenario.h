// What the tests of replay have in common: a directory for captures, and a traced scenario with everything in
// it.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli_scenario.h"

namespace conntrail::live {

class ReplayScenario : public Cli {
 protected:
  ReplayScenario() {
    std::string name = ::testing::TempDir() + "conntrail_replay_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    ::chmod(name.c_str(), 0755);  // a replay is anybody's
    directory_ = name;
  }
  ~ReplayScenario() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }

  // A connection of each sort: refused, with lost segments, reset from either side, closed from either side,
  // one that waits in FIN_WAIT2, and one that stays open.
  void play_everything() {
    client.connect_error(client.open(AF_INET), loopback(Flavour::v4, 9));
    (void)one_connection();
    const Pair lossy = connect_pair(client, server, loopback(Flavour::v6));
    nft(nft_input("meta nfproto ipv6 tcp dport " + std::to_string(lossy.listener_facts.local.port()) +
                  " drop"));
    client.write(lossy.client, 100);
    pause_for(std::chrono::milliseconds(700));
    nft_flush();
    server.read(lossy.server, 100);
    const Pair reset = connect_again(client, server, lossy.listener);
    server.linger_zero(reset.server);
    server.close(reset.server);
    (void)client.read_error(reset.client);
    client.close(reset.client);
    const Pair half = connect_again(client, server, lossy.listener);
    client.shutdown_write(half.client);
    server.read_end(half.server);
    server.close(lossy.server);
    client.read_end(lossy.client);
    client.close(lossy.client);
  }

  // Until the tool has told of it: a replay of less would prove less.
  static void wait_for_quiet() { pause_for(std::chrono::milliseconds(1300)); }

 private:
  std::filesystem::path directory_;
};

}  // namespace conntrail::live
