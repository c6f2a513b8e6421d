// Names from a table that the test fills.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "names/names.h"

namespace conntrail::netstat::test {

class FakeNames final : public Names {
 public:
  std::map<IpAddress, std::string> hosts;
  std::map<IpAddress, std::string> networks;
  std::map<std::pair<PortNames, std::uint32_t>, std::string> ports;
  std::map<std::int32_t, std::string> users;

  void want_host(const IpAddress& /*address*/) override {}
  void resolve() override {}
  std::string_view host(const IpAddress& address) override { return find(hosts, address); }
  std::string_view route_end(const IpAddress& address, bool network) override {
    return find(network ? networks : hosts, address);
  }
  std::string_view port(PortNames space, std::uint32_t port) override {
    return find(ports, std::pair(space, port));
  }
  std::string_view user(std::int32_t uid) override { return find(users, uid); }

 private:
  template <class Map, class Key>
  static std::string_view find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::string_view() : std::string_view(found->second);
  }
};

}  // namespace conntrail::netstat::test
