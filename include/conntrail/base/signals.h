// Signals as data: a descriptor that becomes readable, so that the main loop sees them between two events.
#pragma once

#include <array>
#include <csignal>
#include <initializer_list>
#include <optional>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail {

// Blocks the given signals for the process and delivers them through fd(); SIGPIPE is ignored (a write says
// EPIPE). Restores the mask at the end. Make it before any thread starts: threads inherit the mask.
class Signals {
 public:
  [[nodiscard]] static Result<Signals> take(std::initializer_list<int> signals);
  Signals(Signals&& other) noexcept = default;
  Signals& operator=(Signals&&) = delete;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::optional<int> next();  // the number of a signal that came, if one did

  // For a child between fork and exec: signals as the user's shell gave them to us.
  void restore_in_child() const;

 private:
  Signals(UniqueFd fd, const sigset_t& old_mask) : fd_(std::move(fd)), old_mask_(old_mask) {}
  UniqueFd fd_;
  sigset_t old_mask_;
};

}  // namespace conntrail
