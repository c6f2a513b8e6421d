// What tests of names need: files in place of those in /etc, and sockets with many peers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/unique_fd.h"

namespace conntrail::test {

// Files that stand for those in /etc, in a private mount namespace of each command.
class EtcFixture {
 public:
  EtcFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "conntrail-etc-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for a fixture");
    directory_ = name;
  }
  EtcFixture(const EtcFixture&) = delete;
  EtcFixture& operator=(const EtcFixture&) = delete;
  ~EtcFixture() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  void file(const std::string& name, std::string_view text) {
    std::ofstream(directory_ + "/" + name) << text;
  }
  [[nodiscard]] std::vector<std::string> prefix() const {
    return {"unshare",
            "-m",
            "sh",
            "-c",
            "for f in \"$0\"/*; do mount --bind \"$f\" /etc/\"${f##*/}\" || exit 99; done; exec \"$@\"",
            directory_};
  }

 private:
  std::string directory_;
};

// UDP sockets connected to many addresses: rows with distinct peers and no traffic.
class ConnectedSockets {
 public:
  void connect(const char* address, std::uint16_t port) {
    sockaddr_storage space{};
    socklen_t length = sizeof(sockaddr_in);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&space);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&space);
    if (::inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
    } else if (::inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      length = sizeof *v6;
    }
    UniqueFd fd(::socket(space.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&space), length) != 0) {
      throw std::runtime_error(std::string("cannot connect to ") + address);
    }
    held_.push_back(std::move(fd));
  }

 private:
  std::vector<UniqueFd> held_;
};

}  // namespace conntrail::test
