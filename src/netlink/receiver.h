// The datagrams of one dump, received ahead of their decoding once there are many of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "conntrail/netlink/dump_reader.h"

namespace conntrail::netlink {

// The kernel makes the rows of a dump inside recv(), and that takes several times as long as turning them
// into text: a thread of its own that does nothing but receive keeps it busy meanwhile. A small dump is over
// before a thread would be started.
class Receiver {
 public:
  // `fd`: the netlink socket that the dump was asked of; borrowed.
  Receiver(int fd, const AnswerKey& key);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Its bytes are valid until the next call. Not to be called again after the dump's end or an error.
  [[nodiscard]] Datagram next();

 private:
  struct Slot {
    std::unique_ptr<std::byte[]> buffer;  // never cleared: a small answer touches but a page of it
    Datagram datagram;
  };

  void receive_into(Slot& slot) const;
  void receive_ahead();
  void start_thread();

  int fd_;
  AnswerKey key_;
  std::size_t received_alone_ = 0;
  std::vector<Slot> slots_;

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t filled_ = 0;  // datagrams that the thread has received
  std::size_t taken_ = 0;   // of these, how many the caller has asked for
  bool stopped_ = false;    // the caller wants no more
};

}  // namespace conntrail::netlink
