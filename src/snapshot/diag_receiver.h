// The datagrams of one sock_diag dump, received ahead of their decoding once there are many of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace conntrail::snapshot {

// The kernel makes the rows of a dump inside recv(), and that takes several times as long as turning them
// into text: a thread of its own that does nothing but receive keeps it busy meanwhile. A small dump is over
// before a thread would be started.
class DiagReceiver {
 public:
  // `fd`: a netlink socket that a dump with this sequence number was asked of; borrowed.
  DiagReceiver(int fd, std::uint32_t sequence);
  ~DiagReceiver();
  DiagReceiver(const DiagReceiver&) = delete;
  DiagReceiver& operator=(const DiagReceiver&) = delete;

  struct Datagram {
    std::span<const std::byte> bytes;  // valid until the next call
    int error = 0;                     // errno; nothing comes after it
  };
  // Not to be called again after the dump's end or an error.
  [[nodiscard]] Datagram next();

 private:
  struct Slot {
    std::unique_ptr<std::byte[]> buffer;  // never cleared: a small answer touches but a page of it
    Datagram datagram;
  };

  void receive_into(Slot& slot) const;
  void receive_ahead();
  void start_thread();
  [[nodiscard]] bool is_last(const Datagram& datagram) const;

  int fd_;
  std::uint32_t sequence_;
  std::size_t received_alone_ = 0;
  std::vector<Slot> slots_;

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t filled_ = 0;  // datagrams that the thread has received
  std::size_t taken_ = 0;   // of these, how many the caller has asked for
  bool stopped_ = false;    // the caller wants no more
};

}  // namespace conntrail::snapshot
