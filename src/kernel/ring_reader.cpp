#include "ring_reader.h"

#include <sys/mman.h>

#include <utility>

namespace conntrail::kernel {

Result<RingReader> RingReader::open(int map_fd, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto consumer = Mapping::create(map_fd, page, PROT_READ | PROT_WRITE, 0, "ring buffer");
  if (!consumer) return std::unexpected(std::move(consumer.error()));
  // The data pages are mapped twice in a row, so a record that wraps around is contiguous.
  auto producer = Mapping::create(map_fd, page + 2 * bytes, PROT_READ, page, "ring buffer");
  if (!producer) return std::unexpected(std::move(producer.error()));
  return RingReader(map_fd, std::move(*consumer), std::move(*producer), bytes);
}

RingReader::RingReader(int fd, Mapping consumer, Mapping producer, std::size_t bytes)
    : fd_(fd),
      consumer_map_(std::move(consumer)),
      producer_map_(std::move(producer)),
      consumer_position_(reinterpret_cast<unsigned long*>(consumer_map_.data())),
      producer_position_(reinterpret_cast<unsigned long*>(producer_map_.data())),
      data_(producer_map_.data() + sysconf(_SC_PAGESIZE)),
      mask_(bytes - 1),
      position_(*consumer_position_) {}

}  // namespace conntrail::kernel
