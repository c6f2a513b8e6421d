// Peer: an Actor with the socket calls that scenarios are made of. Descriptors are numbers of that process.
#pragma once

#include <cstdint>
#include <string>

#include "actor.h"
#include "address.h"

namespace conntrail::live {

// What the socket itself says: the independent truth that lines are compared with.
struct SocketFacts {
  std::uint64_t cookie = 0;
  Address local;
  Address remote;  // length 0 when there is none
};

struct ListenOptions {
  bool reuse_port = false;
  int backlog = 128;
};

class Peer : public Actor {
 public:
  using Actor::Actor;

  // Each call fails the test when the kernel refuses it, unless its name says otherwise.
  int open(int family);
  void bind(int fd, const Address& address);                       // with SO_REUSEADDR
  int listen(const Address& address, ListenOptions options = {});  // port 0: the kernel chooses
  int accept(int listener);
  int accept_if_any(int listener);  // -1 when nothing is waiting
  int connect(const Address& to);
  void connect(int fd, const Address& to);
  int connect_error(int fd, const Address& to);         // the errno, 0 for success
  void connect_nonblocking(int fd, const Address& to);  // expects EINPROGRESS
  void close(int fd);
  void start_close(int fd);  // close() that another actor's step may overlap
  void finish_close();
  void shutdown_write(int fd);
  void linger_zero(int fd);
  void write(int fd, std::size_t bytes);
  void read(int fd, std::size_t bytes);  // exactly so many
  void read_end(int fd);                 // expects the end of file
  int read_error(int fd);                // the errno of a read that fails
  void set_option(int fd, int level, int name, int value);
  void send_descriptor(int unix_socket, int fd);
  int receive_descriptor(int unix_socket);
  // Connects in a thread named `thread_name`, which differs from the process's name.
  void connect_in_thread(int fd, const Address& to, const char* thread_name);
  void close_in_thread(int fd, const char* thread_name);

  [[nodiscard]] SocketFacts facts(int fd);
  [[nodiscard]] std::string state(int fd);  // TCP_INFO, in netstat's spelling
};

// A connected pair and the listener it came from.
struct Pair {
  int client = -1;
  int server = -1;
  int listener = -1;
  SocketFacts client_facts;
  SocketFacts server_facts;
  SocketFacts listener_facts;
};
[[nodiscard]] Pair connect_pair(Peer& client, Peer& server, const Address& address);
// One more connection to the same listener.
[[nodiscard]] Pair connect_again(Peer& client, Peer& server, int listener);

}  // namespace conntrail::live
