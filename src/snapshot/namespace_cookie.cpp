#include "namespace_cookie.h"

#include <sys/socket.h>

#include "conntrail/base/unique_fd.h"
#include "conntrail/snapshot/snapshot.h"
#include "enter_namespace.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace conntrail::snapshot {

std::uint64_t namespace_cookie_of(int socket) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return ::getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

std::uint64_t own_namespace_cookie() {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket ? namespace_cookie_of(socket.get()) : 0;
}

Result<std::uint64_t> ask_cookie(const NetworkNamespace& target) {
  std::uint64_t cookie = 0;
  const auto entered = run_in_namespace(target, [&cookie] { cookie = own_namespace_cookie(); });
  if (!entered) return std::unexpected(entered.error());
  return cookie;
}

}  // namespace conntrail::snapshot
