#include "receiver.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>
#include <system_error>

namespace conntrail::netlink {

namespace {

// The kernel fills at most 32 KiB per datagram, and only when the reader offers that much (netlink_recvmsg).
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;
// Datagrams that may wait for the decoder, and how many are received without a thread.
constexpr std::size_t kSlots = 16;
constexpr std::size_t kAlone = 4;

// The next datagram of the kernel's into `buffer`: its length, or -1 with errno (EMSGSIZE when it did not
// fit).
ssize_t receive(int fd, std::span<std::byte> buffer) {
  for (;;) {
    sockaddr_nl sender{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof(sender);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t length = ::recvmsg(fd, &message, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -1;
    if (sender.nl_pid != 0) continue;  // some process wrote to our port
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      errno = EMSGSIZE;
      return -1;
    }
    return length;
  }
}

}  // namespace

Receiver::Receiver(int fd, const AnswerKey& key) : fd_(fd), key_(key), slots_(1) {
  slots_.front().buffer = std::make_unique_for_overwrite<std::byte[]>(kReceiveBytes);
}

Receiver::~Receiver() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Datagram Receiver::next() {
  if (!thread_.joinable() && received_alone_ == kAlone) start_thread();
  if (!thread_.joinable()) {
    if (received_alone_ < kAlone) ++received_alone_;
    receive_into(slots_.front());
    return slots_.front().datagram;
  }
  std::unique_lock lock(mutex_);
  // The datagram given out last may be overwritten from now on.
  if (taken_ > 0) changed_.notify_all();
  changed_.wait(lock, [this] { return filled_ > taken_; });
  return slots_[taken_++ % slots_.size()].datagram;
}

void Receiver::start_thread() {
  slots_.resize(kSlots);
  for (Slot& slot : slots_) slot.buffer = std::make_unique_for_overwrite<std::byte[]>(kReceiveBytes);
  try {
    thread_ = std::thread([this] { receive_ahead(); });
  } catch (const std::system_error&) {
    received_alone_ = kAlone + 1;  // no thread to be had: go on without
  }
}

void Receiver::receive_ahead() {
  for (std::size_t mine = 0;; ++mine) {
    Slot& slot = slots_[mine % slots_.size()];
    {
      std::unique_lock lock(mutex_);
      // The slot of the datagram given out last stays as it is.
      changed_.wait(lock, [&] { return stopped_ || mine + 1 < taken_ + slots_.size(); });
      if (stopped_) return;
    }
    receive_into(slot);
    const bool last = ends_dump(key_, slot.datagram);
    {
      const std::lock_guard lock(mutex_);
      filled_ = mine + 1;
    }
    changed_.notify_all();
    if (last) return;
  }
}

void Receiver::receive_into(Slot& slot) const {
  const std::span<std::byte> buffer(slot.buffer.get(), kReceiveBytes);
  const ssize_t length = receive(fd_, buffer);
  slot.datagram =
      length < 0 ? Datagram{{}, errno} : Datagram{buffer.first(static_cast<std::size_t>(length)), 0};
}

}  // namespace conntrail::netlink
