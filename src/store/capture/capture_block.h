// Blocks: how records lie in the file. Each block is compressed and checked for itself, so that whole blocks
// can be read whatever happened to the rest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes.h"
#include "conntrail/base/clock.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace conntrail::store {

inline constexpr std::array<std::uint8_t, 8> kCaptureMagic{0x89, 'C', 'T', 'C', '\r', '\n', 0x1a, '\n'};
inline constexpr std::size_t kPreambleBytes = 20;  // magic, version, header's length and check
inline constexpr std::uint32_t kMostHeaderBytes = 1U << 20U;
inline constexpr std::size_t kBlockHeaderBytes = 48;
inline constexpr std::size_t kUsualBlockBytes = std::size_t{256} << 10U;  // of records, uncompressed
inline constexpr std::uint32_t kMostBlockBytes = 16U << 20U;
// Records hardly shrink more than ten times. A block that says it does would only be there to fill memory.
inline constexpr std::uint64_t kMostRatio = 32;
inline constexpr std::uint64_t kRatioFreeBytes = 4096;

enum class BlockMethod : std::uint8_t { stored = 0, zstd = 1, end = 255 };

struct BlockHeader {
  BlockMethod method = BlockMethod::stored;
  std::uint32_t number = 0;  // from 0; of the end mark: how many blocks there are
  std::uint32_t length = 0;  // of what follows in the file
  std::uint32_t raw_length = 0;
  std::uint32_t records = 0;
  MonoTime first;  // oldest and newest moment in it, 0 when there is none
  MonoTime last;
  std::uint32_t check = 0;  // CRC-32C of what follows
};

// The records of one block before compression.
struct RawBlock {
  ByteWriter bytes;
  std::uint32_t records = 0;
  MonoTime first;
  MonoTime last;

  void note_time(MonoTime time);
  void clear();
};

class BlockEncoder {
 public:
  BlockEncoder();
  ~BlockEncoder();
  BlockEncoder(const BlockEncoder&) = delete;
  BlockEncoder& operator=(const BlockEncoder&) = delete;

  // Header and content as they go to the file; valid until the next call.
  [[nodiscard]] ByteView encode(const RawBlock& block);
  [[nodiscard]] ByteView encode_end();

 private:
  ByteView put(const BlockHeader& header, ByteView content);

  ZSTD_CCtx_s* context_;
  std::uint32_t number_ = 0;
  std::vector<std::uint8_t> compressed_;
  ByteWriter out_;
};

// `bytes` has kBlockHeaderBytes; empty when they are no header.
[[nodiscard]] std::optional<BlockHeader> decode_block_header(ByteView bytes);

class BlockDecoder {
 public:
  BlockDecoder();
  ~BlockDecoder();
  BlockDecoder(const BlockDecoder&) = delete;
  BlockDecoder& operator=(const BlockDecoder&) = delete;

  // The records of a block, into `raw`; false when the content is not what the header says.
  [[nodiscard]] bool decode(const BlockHeader& header, ByteView content, std::vector<std::uint8_t>& raw);

 private:
  ZSTD_DCtx_s* context_;
};

}  // namespace conntrail::store
