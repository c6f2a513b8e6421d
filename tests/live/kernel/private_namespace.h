// A network namespace for one test, with lo up. The calling thread is in it; sockets made from now on are,
// too.
#pragma once

#include <cstdint>
#include <string>

#include "conntrail/base/unique_fd.h"

namespace conntrail::test {

class PrivateNamespace {
 public:
  PrivateNamespace();   // throws std::system_error when not root
  ~PrivateNamespace();  // back to where the thread was; the kernel removes the namespace
  PrivateNamespace(const PrivateNamespace&) = delete;
  PrivateNamespace& operator=(const PrivateNamespace&) = delete;

  [[nodiscard]] std::uint32_t inode() const { return inode_; }
  // Runs `nft COMMAND` in it; throws when nft fails.
  static void nft(const std::string& command);
  // Drops, on their way in, the packets that match (nft syntax) until undrop().
  static void drop(const std::string& match);
  static void undrop();

 private:
  UniqueFd home_;
  std::uint32_t inode_ = 0;
};

}  // namespace conntrail::test
