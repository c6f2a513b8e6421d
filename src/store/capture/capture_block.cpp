#include "capture/capture_block.h"

#include <zstd.h>

#include <algorithm>

#include "checksum.h"

namespace conntrail::store {
namespace {

constexpr std::array<std::uint8_t, 4> kBlockMagic{'C', 'T', 'B', 0xb1};
constexpr int kLevel = 1;

// Whether a reader would believe that so few bytes were that many.
bool is_believable(std::uint64_t length, std::uint64_t raw_length) {
  return raw_length <= kMostBlockBytes && raw_length <= length * kMostRatio + kRatioFreeBytes;
}

}  // namespace

void RawBlock::note_time(MonoTime time) {
  if (!time.known()) return;
  first = first.known() ? std::min(first, time) : time;
  last = last.known() ? std::max(last, time) : time;
}

void RawBlock::clear() {
  bytes.clear();
  records = 0;
  first = last = {};
}

BlockEncoder::BlockEncoder() : context_(ZSTD_createCCtx()) {}
BlockEncoder::~BlockEncoder() { ZSTD_freeCCtx(context_); }

ByteView BlockEncoder::encode(const RawBlock& block) {
  const ByteView raw = block.bytes.view();
  BlockHeader header;
  header.number = number_++;
  header.raw_length = static_cast<std::uint32_t>(raw.size());
  header.records = block.records;
  header.first = block.first;
  header.last = block.last;
  compressed_.resize(ZSTD_compressBound(raw.size()));
  const std::size_t length =
      ZSTD_compressCCtx(context_, compressed_.data(), compressed_.size(), raw.data(), raw.size(), kLevel);
  if (ZSTD_isError(length) != 0 || length >= raw.size() || !is_believable(length, raw.size()))
    return put(header, raw);
  header.method = BlockMethod::zstd;
  return put(header, ByteView(compressed_).first(length));
}

ByteView BlockEncoder::encode_end() {
  BlockHeader header;
  header.method = BlockMethod::end;
  header.number = number_;
  return put(header, {});
}

ByteView BlockEncoder::put(const BlockHeader& header, ByteView content) {
  out_.clear();
  out_.bytes(kBlockMagic);
  out_.u32(static_cast<std::uint8_t>(header.method));  // three bytes are left for flags
  out_.u32(header.number);
  out_.u32(static_cast<std::uint32_t>(content.size()));
  out_.u32(header.raw_length);
  out_.u32(header.records);
  out_.u64(static_cast<std::uint64_t>(header.first.ns));
  out_.u64(static_cast<std::uint64_t>(header.last.ns));
  out_.u32(crc32c(content));
  out_.u32(crc32c(out_.view()));
  out_.bytes(content);
  return out_.view();
}

std::optional<BlockHeader> decode_block_header(ByteView bytes) {
  constexpr std::size_t kChecked = kBlockHeaderBytes - sizeof(std::uint32_t);
  if (bytes.size() != kBlockHeaderBytes || !std::ranges::equal(bytes.first(kBlockMagic.size()), kBlockMagic))
    return std::nullopt;
  ByteReader in(bytes.subspan(kBlockMagic.size()));
  BlockHeader header;
  header.method = static_cast<BlockMethod>(in.u32() & 0xffU);
  header.number = in.u32();
  header.length = in.u32();
  header.raw_length = in.u32();
  header.records = in.u32();
  header.first = {static_cast<std::int64_t>(in.u64())};
  header.last = {static_cast<std::int64_t>(in.u64())};
  header.check = in.u32();
  if (in.u32() != crc32c(bytes.first(kChecked))) return std::nullopt;
  return header;
}

BlockDecoder::BlockDecoder() : context_(ZSTD_createDCtx()) {}
BlockDecoder::~BlockDecoder() { ZSTD_freeDCtx(context_); }

bool BlockDecoder::decode(const BlockHeader& header, ByteView content, std::vector<std::uint8_t>& raw) {
  if (content.size() != header.length || !is_believable(header.length, header.raw_length) ||
      crc32c(content) != header.check)
    return false;
  if (header.method == BlockMethod::stored) {
    if (header.raw_length != header.length) return false;
    raw.assign(content.begin(), content.end());
    return true;
  }
  if (header.method != BlockMethod::zstd) return false;
  raw.resize(header.raw_length);
  const std::size_t length =
      ZSTD_decompressDCtx(context_, raw.data(), raw.size(), content.data(), content.size());
  return ZSTD_isError(length) == 0 && length == raw.size();
}

}  // namespace conntrail::store
