// BlockReader: the blocks of a capture that are whole, one after the other, and an account of those that are
// not.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "capture/byte_source.h"
#include "capture/capture_block.h"

namespace conntrail::store {

struct Block {
  BlockHeader header;
  std::vector<std::uint8_t> records;
  bool after_hole = false;  // blocks before it are missing
  std::uint64_t lost = 0;   // records in them, as far as their headers can be read
};

class BlockReader {
 public:
  // The source must stand behind the file's header.
  explicit BlockReader(ByteSource source) : source_(std::move(source)) {}

  // Fills `block`; false at the end.
  bool next(Block& block);
  // The next header that is whole, its content skipped; the end mark is the last one.
  [[nodiscard]] std::optional<BlockHeader> next_header();

  [[nodiscard]] bool has_end_mark() const { return ended_; }
  // Blocks are missing right before the end mark: with so many records.
  [[nodiscard]] std::optional<std::uint64_t> hole_at_end() const;
  [[nodiscard]] std::uint64_t foreign_bytes() const { return foreign_bytes_; }  // between the blocks
  [[nodiscard]] std::uint32_t whole() const { return whole_; }
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }
  [[nodiscard]] std::uint64_t lost_records() const { return lost_records_; }
  [[nodiscard]] int error() const { return source_.error(); }

 private:
  std::optional<BlockHeader> find_header();
  void miss(std::uint64_t blocks, std::uint64_t records);

  ByteSource source_;
  BlockDecoder decoder_;
  std::uint32_t next_number_ = 0;
  std::uint32_t whole_ = 0;
  std::uint64_t damaged_ = 0;
  std::uint64_t lost_records_ = 0;
  std::uint64_t lost_in_hole_ = 0;
  std::uint64_t foreign_bytes_ = 0;
  bool hole_ = false;
  bool ended_ = false;
};

}  // namespace conntrail::store
