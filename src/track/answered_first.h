// Which address answered a program's connects last: a program that tries several addresses of a name at a
// time (RFC 8305, happy eyeballs) drops the others as soon as one has answered.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "conntrail/model/connection.h"

namespace conntrail::track {

class AnsweredFirst {
 public:
  // `connection` was opened by this side and has just been established.
  void note(const Connection& connection);
  // The address for which the program dropped `dropped`, a connect without an answer that ended at
  // `dropped.closed`: one to the same port that the same process began within a second after it and that was
  // established just before. Empty when none is known: they are kept by a hash, the newest of a kind only.
  [[nodiscard]] std::optional<IpAddress> instead_of(const Connection& dropped) const;

 private:
  struct Answer {
    std::uint32_t pid = 0;
    NamespaceId in;
    std::uint16_t port = 0;
    IpAddress address;
    MonoTime opened;
    MonoTime established;
  };
  static constexpr std::size_t kSlots = 1024;
  std::vector<Answer> answers_;  // empty until the first one
};

}  // namespace conntrail::track
