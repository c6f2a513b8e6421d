#include "conntrail/base/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace conntrail {

Result<Signals> Signals::take(std::initializer_list<int> signals) {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : signals) sigaddset(&mask, signal);
  sigset_t old_mask;
  if (sigprocmask(SIG_BLOCK, &mask, &old_mask) != 0) return fail_errno("cannot block signals", errno);
  std::signal(SIGPIPE, SIG_IGN);
  UniqueFd fd(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail_errno("cannot create a signal descriptor", errno);
  return Signals(std::move(fd), old_mask);
}

Signals::~Signals() {
  if (fd_) sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

std::optional<int> Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void Signals::restore_in_child() const {
  std::signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

}  // namespace conntrail
