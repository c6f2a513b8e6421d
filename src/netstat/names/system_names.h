// SystemNames: names from this host's databases (NSS): hosts, services, protocols, users.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "names/host_lookup.h"
#include "names/names.h"

namespace conntrail::netstat {

// Reads a database when the first name from it is needed, and remembers it for the rounds of -c.
class SystemNames final : public Names {
 public:
  SystemNames();
  ~SystemNames() override;

  void want_host(const IpAddress& address) override;
  void resolve() override;
  [[nodiscard]] std::string_view host(const IpAddress& address) override;
  void want_route_end(const IpAddress& address, bool network) override;
  [[nodiscard]] std::string_view route_end(const IpAddress& address, bool network) override;
  [[nodiscard]] std::string_view port(PortNames space, std::uint32_t port) override;
  [[nodiscard]] std::string_view user(std::int32_t uid) override;

 private:
  using PortTable = std::unordered_map<std::uint32_t, std::string>;
  void load_ports();
  void want(const HostKey& key);

  std::unique_ptr<HostLookup> hosts_;
  HostKeys in_hosts_file_;
  bool ports_loaded_ = false;
  std::array<PortTable, 3> ports_;  // by PortNames
  std::unordered_map<std::int32_t, std::string> users_;
};

}  // namespace conntrail::netstat
