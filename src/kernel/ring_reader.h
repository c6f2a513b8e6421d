// RingReader: the consumer's side of a BPF ring buffer (kernel/bpf/ringbuf.c describes the layout).
//
// Own code instead of libbpf's ring_buffer: it stops after a given number of records, and it tells the kernel
// of its progress every few dozen records instead of after each, which spares the producers a cache line.
#pragma once

#include <linux/bpf.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "conntrail/base/result.h"
#include "mapping.h"

namespace conntrail::kernel {

class RingReader {
 public:
  // `map_fd` stays the caller's and must outlive the reader; `bytes` is the map's max_entries.
  [[nodiscard]] static Result<RingReader> open(int map_fd, std::size_t bytes);

  [[nodiscard]] int fd() const { return fd_; }
  // Whether the kernel has put in more than was taken out (a record still being written counts).
  [[nodiscard]] bool has_data() const { return producer() != position_; }
  [[nodiscard]] std::size_t backlog() const { return producer() - position_; }
  [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

  // Hands out records in order, each as a span that is valid during the call, until `limit` of them were
  // handed out, none is left or the next one is still being written. Returns how many.
  template <class Handler>
  std::size_t drain(std::size_t limit, Handler&& handler) {
    constexpr std::size_t kRecordsPerPublication = 32;
    std::size_t count = 0;
    std::size_t end = producer();
    while (count < limit) {
      if (position_ == end) end = producer();
      if (position_ == end) break;
      const std::byte* header = data_ + (position_ & mask_);
      const std::uint32_t word =
          std::atomic_ref(*reinterpret_cast<std::uint32_t*>(const_cast<std::byte*>(header)))
              .load(std::memory_order_acquire);
      if ((word & BPF_RINGBUF_BUSY_BIT) != 0) break;
      const std::size_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
      if ((word & BPF_RINGBUF_DISCARD_BIT) == 0) {
        handler(std::span<const std::byte>(header + BPF_RINGBUF_HDR_SZ, length));
        ++count;
      }
      position_ += (length + BPF_RINGBUF_HDR_SZ + 7) & ~std::size_t{7};
      if (count % kRecordsPerPublication == 0) publish();
    }
    publish();
    return count;
  }

 private:
  RingReader(int fd, Mapping consumer, Mapping producer, std::size_t bytes);
  [[nodiscard]] std::size_t producer() const {
    return std::atomic_ref(*producer_position_).load(std::memory_order_acquire);
  }
  void publish() { std::atomic_ref(*consumer_position_).store(position_, std::memory_order_release); }

  int fd_;
  Mapping consumer_map_;
  Mapping producer_map_;
  unsigned long* consumer_position_;
  unsigned long* producer_position_;
  const std::byte* data_;
  std::size_t mask_;
  unsigned long position_;
};

}  // namespace conntrail::kernel
