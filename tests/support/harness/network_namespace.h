// A network namespace of a test's own: entered when the object is made, left when it goes; the kernel removes
// it with the last process in it. Everything a test starts must therefore be started while the object lives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conntrail/base/unique_fd.h"

namespace conntrail::live {

class NetworkNamespace {
 public:
  NetworkNamespace();  // loopback is up; throws when the kernel refuses (no root)
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  [[nodiscard]] std::uint64_t inode() const;
  [[nodiscard]] int outside() const {
    return outside_.get();
  }  // descriptor of the namespace the test came from

  // "net.ipv4.tcp_syn_retries" in this namespace only.
  void sysctl(std::string_view name, std::string_view value) const;
  [[nodiscard]] std::string sysctl(std::string_view name) const;

 private:
  UniqueFd outside_;
};

}  // namespace conntrail::live
