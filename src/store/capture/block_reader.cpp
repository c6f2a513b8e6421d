#include "capture/block_reader.h"

#include <utility>

namespace conntrail::store {

// Anything may stand where the next header should be: the rest is searched for a header.
std::optional<BlockHeader> BlockReader::find_header() {
  while (true) {
    const ByteView bytes = source_.look(kBlockHeaderBytes);
    if (bytes.size() < kBlockHeaderBytes) return std::nullopt;
    const auto header = decode_block_header(bytes);
    if (header && header->length <= kMostBlockBytes && header->number >= next_number_) return header;
    ++foreign_bytes_;
    source_.skip(1);
  }
}

void BlockReader::miss(std::uint64_t blocks, std::uint64_t records) {
  hole_ = hole_ || blocks > 0;
  damaged_ += blocks;
  lost_records_ += records;
  lost_in_hole_ += records;
}

bool BlockReader::next(Block& block) {
  while (!ended_) {
    const auto header = find_header();
    if (!header) return false;
    miss(header->number - next_number_, 0);
    next_number_ = header->number;
    if (header->method == BlockMethod::end) {
      ended_ = true;
      return false;
    }
    const ByteView bytes = source_.look(kBlockHeaderBytes + header->length);
    if (bytes.size() < kBlockHeaderBytes + header->length) return false;
    ++next_number_;
    const bool whole = decoder_.decode(*header, bytes.subspan(kBlockHeaderBytes), block.records);
    source_.skip(bytes.size());
    if (!whole) {
      miss(1, header->records);
      continue;
    }
    ++whole_;
    block.header = *header;
    block.after_hole = std::exchange(hole_, false);
    block.lost = std::exchange(lost_in_hole_, 0);
    return true;
  }
  return false;
}

std::optional<std::uint64_t> BlockReader::hole_at_end() const {
  return hole_ && ended_ ? std::optional(lost_in_hole_) : std::nullopt;
}

std::optional<BlockHeader> BlockReader::next_header() {
  const auto header = find_header();
  if (header) source_.skip(kBlockHeaderBytes + header->length);
  return header;
}

}  // namespace conntrail::store
