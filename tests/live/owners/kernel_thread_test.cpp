// Kernel threads are told by PF_KTHREAD, never by a name that any process may give itself.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "owners_scenario.h"

namespace conntrail::live {
namespace {

class KernelThread : public Owners {};

TEST_F(KernelThread, NameHidesNobody) {
  trace();
  Peer hidden("kworker/0:1");
  const Pair pair = connect_pair(hidden, server, loopback(Flavour::v4));
  EXPECT_EQ(owner_at(pair.client_facts.cookie, "SYN_SENT"), owner(hidden.party(), "connect"));
  hidden.close(pair.client);
  EXPECT_EQ(owner_at(pair.client_facts.cookie, "FIN_WAIT1"), owner(hidden.party(), "close"));
  server.close(pair.server);
}

// Sends the descriptor over a UNIX socket into a queue that only itself keeps, and closes everything: garbage
// that the kernel's collector, a work queue's thread, closes.
int bury(int fd) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  const int sent[2] = {ends[0], fd};
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof sent)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  cmsghdr* const control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof sent);
  std::memcpy(CMSG_DATA(control), sent, sizeof sent);
  if (::sendmsg(ends[1], &message, 0) != 1) return -1;
  ::close(fd);
  ::close(ends[0]);
  ::close(ends[1]);
  // Closing a UNIX socket is what makes the collector look.
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  ::close(ends[0]);
  ::close(ends[1]);
  return 0;
}

TEST_F(KernelThread, IsNobody) {
  trace();
  const Pair pair = connect_pair(client, server, loopback(Flavour::v4));
  ASSERT_EQ(client.call(&bury, pair.client), 0);
  EXPECT_EQ(owner_at(pair.client_facts.cookie, "FIN_WAIT1"), owner(client.party(), "connect"))
      << "a thread of the kernel closed it";
  server.read_end(pair.server);
  server.close(pair.server);
}

}  // namespace
}  // namespace conntrail::live
