#include "actor.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace conntrail::live {
namespace {

// An inherited descriptor (another actor's control socket, the tool's pipe) would keep its other end alive.
void close_all_but(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned from = 3;
  for (const int fd : keep) {
    const auto number = static_cast<unsigned>(fd);
    if (number > from) ::close_range(from, number - 1, 0);
    from = std::max(from, number + 1);
  }
  ::close_range(from, ~0U, 0);
}

}  // namespace

Actor::Actor(std::string comm, std::initializer_list<int> keep) : comm_(std::move(comm)) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, comm_.c_str());
    std::vector<int> open(keep);
    open.push_back(ends[1]);
    close_all_but(std::move(open));
    ::signal(SIGPIPE, SIG_IGN);
    serve(ends[1]);
  }
  ::close(ends[1]);
  control_.reset(ends[0]);
}

Actor::~Actor() {
  if (pid_ > 0) die(SIGKILL);
}

void Actor::serve(int control) {
  Message message;
  while (::recv(control, &message, sizeof message, 0) == static_cast<ssize_t>(sizeof message)) {
    message.invoke(message.function, message.bytes);
    if (::send(control, &message, sizeof message, 0) < 0) break;
  }
  ::_exit(0);
}

void Actor::send(const Message& message) {
  if (::send(control_.get(), &message, sizeof message, MSG_NOSIGNAL) < 0) {
    std::perror("actor: send");
    std::abort();
  }
}

Actor::Message Actor::receive() {
  Message message;
  if (::recv(control_.get(), &message, sizeof message, 0) != static_cast<ssize_t>(sizeof message)) {
    std::fprintf(stderr, "actor %s died\n", comm_.c_str());
    std::abort();
  }
  return message;
}

void Actor::reap() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  control_.reset();
}

void Actor::die(int signal) {
  ::kill(pid_, signal);
  reap();
}

void Actor::leave(int status) {
  start(
      +[](int code) -> int { ::_exit(code); }, status);
  reap();
}

}  // namespace conntrail::live
