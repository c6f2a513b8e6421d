// BPF iterators read as snapshots: iter/tcp and iter/udp (of the calling thread's network namespace) and
// iter/task_file (every process that this one's pid namespace shows).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "conntrail/base/result.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::kernel {

class SocketIterators {
 public:
  // Loading costs some 20 ms: keep the object for as long as snapshots are taken.
  [[nodiscard]] static Result<SocketIterators> open();
  SocketIterators(SocketIterators&&) noexcept;
  SocketIterators& operator=(SocketIterators&&) noexcept;
  ~SocketIterators();

  // Sockets of the network namespace that the calling thread is in (the kernel decides by the opener).
  [[nodiscard]] Result<void> tcp(const std::function<void(const SocketRow&)>& row) const;
  [[nodiscard]] Result<void> udp(const std::function<void(const SocketRow&)>& row) const;

 private:
  class Impl;
  explicit SocketIterators(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class OwnerIterator {
 public:
  [[nodiscard]] static Result<OwnerIterator> open();
  OwnerIterator(OwnerIterator&&) noexcept;
  OwnerIterator& operator=(OwnerIterator&&) noexcept;
  ~OwnerIterator();

  // Every descriptor of every process that refers to an inet socket (TCP or UDP, any namespace), one call
  // each.
  [[nodiscard]] Result<void> read(const std::function<void(const SocketHolder&)>& holder) const;

 private:
  class Impl;
  explicit OwnerIterator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Every descriptor that refers to a socket of any kind, by ascending pid: what a walk through /proc/PID/fd
// finds, some ten times as fast, but for the 20 ms that loading takes.
[[nodiscard]] Result<void> read_socket_files(const std::function<void(const SocketFile&)>& file);

}  // namespace conntrail::kernel
