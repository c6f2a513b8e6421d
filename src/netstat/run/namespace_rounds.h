// The network namespaces that --netns names, entered one after the other by the main thread: /proc/net is
// always that of the main thread's namespace.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/snapshot.h"

namespace conntrail::netstat {

class Namespaces {
 public:
  // `wanted`: "all", or a name, a path or a PID; several with commas between them.
  explicit Namespaces(std::string wanted) : wanted_(std::move(wanted)) {}
  ~Namespaces() { leave(); }
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  // The namespaces that are meant, as they are now.
  [[nodiscard]] Result<std::vector<snapshot::NetworkNamespace>> targets() const;

  // Main thread only; to the next one directly, or back to where the program was started.
  [[nodiscard]] Result<void> enter(const snapshot::NetworkNamespace& target);
  void leave();

  // It ended between the listing and the entering: not an error, its sockets have ended with it.
  [[nodiscard]] static bool has_gone(const Error& error);

 private:
  std::string wanted_;
  UniqueFd home_;  // open while away
};

// "Network namespace blue (4026532281)", as a line.
[[nodiscard]] std::string namespace_title(const snapshot::NetworkNamespace& place);

}  // namespace conntrail::netstat
