// A netlink dump from the question to its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/result.h"
#include "conntrail/netlink/attributes.h"

namespace conntrail::netlink {

// Whom the question goes to.
enum class Subsystem : std::uint8_t { sock_diag, netfilter };

struct Question {
  Subsystem subsystem = Subsystem::sock_diag;
  std::uint16_t type = 0;    // of the request
  std::uint16_t answer = 0;  // of the messages that answer it
  Bytes body;                // behind the request's nlmsghdr
  std::string what;          // of an Error: "cannot read the tcp sockets by sock_diag"
};

struct DumpReport {
  bool interrupted = false;     // the table changed while it was read: rows may be missing or doubled
  std::uint64_t malformed = 0;  // messages that could not be understood
};

// Its socket lives as long as it does. While many answers come, a thread of its own receives them.
class Dump {
 public:
  // In the calling thread's network namespace. A kernel that lacks what is asked for is `unsupported`, here
  // or at the end.
  [[nodiscard]] static Result<Dump> ask(const Question& question);
  Dump(Dump&&) noexcept;
  Dump& operator=(Dump&&) noexcept;
  ~Dump();

  // The payload of the next answer, behind its nlmsghdr, valid until the next call. Empty: there are no more.
  [[nodiscard]] std::optional<Bytes> next();
  // How it ended: to be asked when next() gave nothing. What was handed out stands, also when it failed.
  [[nodiscard]] Result<DumpReport> end() const;

 private:
  struct Impl;
  explicit Dump(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::netlink
