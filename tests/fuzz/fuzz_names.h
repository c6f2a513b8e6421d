// Names of any length that the host's databases could have.
#pragma once

#include <string>

#include "names/names.h"

namespace conntrail::fuzz {

class FuzzNames final : public netstat::Names {
 public:
  // `named`: there is a name for everything, and all of them are as long as they may be.
  explicit FuzzNames(bool named)
      : host_(named ? std::string(127, 'h') : ""),
        port_(named ? std::string(63, 'p') : ""),
        user_(named ? std::string(300, 'u') : "") {}

  void want_host(const IpAddress& /*address*/) override {}
  void resolve() override {}
  std::string_view host(const IpAddress& /*address*/) override { return host_; }
  std::string_view port(netstat::PortNames /*space*/, std::uint32_t /*port*/) override { return port_; }
  std::string_view user(std::int32_t /*uid*/) override { return user_; }

 private:
  std::string host_;
  std::string port_;
  std::string user_;
};

}  // namespace conntrail::fuzz
