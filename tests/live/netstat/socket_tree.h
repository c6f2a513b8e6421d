// A /proc with every kind of socket that netstat knows, and databases of names to go with it.
#pragma once

#include "differential.h"
#include "names_fixture.h"

namespace conntrail::test {

class SocketTree {
 public:
  SocketTree();
  // Words to stand before a command that shall see it.
  [[nodiscard]] std::vector<std::string> prefix() const;

 private:
  void internet_sockets();
  void sctp();
  void unix_sockets();
  void old_families();
  void processes();
  void databases();

  ProcFixture proc_;
  EtcFixture etc_;
};

}  // namespace conntrail::test
