// Files made to do harm: blocks with the right checks and contents that are not what they claim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "capture/capture_block.h"
#include "capture/capture_codec.h"
#include "checksum.h"
#include "random_records.h"

namespace conntrail::store::test {
namespace {

using testing::HasSubstr;

std::string as_string(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string beginning() {
  const std::string whole = capture_of({});
  return whole.substr(0, whole.size() - kBlockHeaderBytes);
}

// A block as a writer would never make it.
std::string block(BlockMethod method, std::uint32_t raw_length, std::uint32_t records, ByteView content) {
  ByteWriter out;
  out.bytes(std::vector<std::uint8_t>{'C', 'T', 'B', 0xb1});
  out.u32(static_cast<std::uint8_t>(method));
  out.u32(0);
  out.u32(static_cast<std::uint32_t>(content.size()));
  out.u32(raw_length);
  out.u32(records);
  out.u64(0);
  out.u64(0);
  out.u32(crc32c(content));
  out.u32(crc32c(out.view()));
  out.bytes(content);
  return as_string(out.view());
}

std::string stored(ByteView records, std::uint32_t count) {
  return block(BlockMethod::stored, static_cast<std::uint32_t>(records.size()), count, records);
}

void put(ByteWriter& out, std::uint64_t kind, const ByteWriter& payload) {
  out.varint(kind);
  out.varint(payload.size());
  out.bytes(payload.view());
}

CapturedTime read_time(const ReadBack& read, std::size_t at) {
  const auto* time = at < read.records.size() ? std::get_if<CapturedTime>(&read.records[at]) : nullptr;
  return time != nullptr ? *time : CapturedTime{};
}

TEST(Hostile, a_little_that_claims_to_be_a_lot) {
  const std::vector<std::uint8_t> zeroes(kMostBlockBytes, 0);
  std::vector<std::uint8_t> packed(ZSTD_compressBound(zeroes.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), zeroes.data(), zeroes.size(), 1));
  ASSERT_LT(packed.size() * kMostRatio, zeroes.size());
  const ReadBack read = read_back(beginning() + block(BlockMethod::zstd, kMostBlockBytes, 1000, packed));
  ASSERT_TRUE(read.damage);
  EXPECT_TRUE(read.records.empty());
  EXPECT_THAT(read.damage->why, HasSubstr("damaged"));
}

TEST(Hostile, more_than_it_claims) {
  const std::vector<std::uint8_t> zeroes(2000, 0);
  std::vector<std::uint8_t> packed(ZSTD_compressBound(zeroes.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), zeroes.data(), zeroes.size(), 1));
  EXPECT_TRUE(read_back(beginning() + block(BlockMethod::zstd, 1000, 10, packed)).damage);
  EXPECT_TRUE(read_back(beginning() + block(BlockMethod::zstd, 3000, 10, packed)).damage);
  EXPECT_TRUE(read_back(beginning() + block(BlockMethod::stored, 1999, 10, zeroes)).damage);
  EXPECT_TRUE(read_back(beginning() + block(static_cast<BlockMethod>(7), 2000, 10, zeroes)).damage);
}

TEST(Hostile, lists_without_end) {
  for (const RecordKind kind : {RecordKind::snapshot, RecordKind::holders, RecordKind::rows,
                                RecordKind::holder_list, RecordKind::sample, RecordKind::restore}) {
    ByteWriter payload;
    for (int i = 0; i < 3; ++i) payload.u8(0);
    for (int i = 0; i < 40; ++i) payload.varint(std::numeric_limits<std::uint64_t>::max());
    ByteWriter records;
    put(records, static_cast<std::uint64_t>(kind), payload);
    const ReadBack read = read_back(beginning() + stored(records.view(), 1));
    EXPECT_TRUE(read.damage) << static_cast<int>(kind);
    EXPECT_LE(read.records.size(), 1U);
  }
}

TEST(Hostile, a_record_longer_than_its_block) {
  ByteWriter records;
  records.varint(static_cast<std::uint64_t>(RecordKind::event));
  records.varint(std::numeric_limits<std::uint64_t>::max());
  const ReadBack read = read_back(beginning() + stored(records.view(), 5));
  ASSERT_TRUE(read.damage);
  EXPECT_THAT(read.damage->why, HasSubstr("5 records cannot be read"));
}

TEST(Hostile, kinds_of_a_newer_conntrail_are_left_out) {
  CaptureContext context;
  ByteWriter time;
  encode(time, context, CapturedTime{{5}, false});
  time.text("and what a newer one says besides");
  ByteWriter unknown;
  unknown.text("of a kind nobody knows yet");
  ByteWriter records;
  put(records, static_cast<std::uint64_t>(RecordKind::time), time);
  put(records, 99, unknown);
  ByteWriter later;
  encode(later, context, CapturedTime{{9}, false});
  put(records, static_cast<std::uint64_t>(RecordKind::time), later);
  const ReadBack read = read_back(beginning() + stored(records.view(), 3));
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read_time(read, 0).now.ns, 5);
  EXPECT_EQ(read_time(read, 1).now.ns, 9);
  ASSERT_TRUE(read.damage);
  EXPECT_THAT(read.damage->why, HasSubstr("1 records are of kinds"));
}

// Values that the program's own types do not have: the record is not taken, nor is what builds on it.
TEST(Hostile, values_out_of_range) {
  RandomRecords random(7);
  CaptureContext context;
  ByteWriter good;
  encode(good, context, CapturedTime{{5}, false});
  const auto damaged = [&](std::uint64_t kind, const ByteWriter& payload) {
    ByteWriter records;
    put(records, kind, payload);
    put(records, static_cast<std::uint64_t>(RecordKind::time), good);
    return read_back(beginning() + stored(records.view(), 2));
  };
  for (int kind : {0, 8, 255}) {
    CaptureContext fresh;
    ByteWriter event;
    SocketEvent wrong = random.event();
    wrong.kind = static_cast<EventKind>(kind);
    encode(event, fresh, wrong, 0);
    const ReadBack read = damaged(static_cast<std::uint64_t>(RecordKind::event), event);
    EXPECT_TRUE(read.damage);
    ASSERT_EQ(read.records.size(), 1U) << kind;
    EXPECT_EQ(std::get<CapturedLoss>(read.records[0]).count, 2U);
  }
  Connection wrong = random.connection();
  wrong.state = static_cast<TcpState>(12);
  CaptureContext fresh;
  ByteWriter connection;
  encode(connection, fresh, wrong);
  EXPECT_TRUE(damaged(static_cast<std::uint64_t>(RecordKind::restore), connection).damage);
}

}  // namespace
}  // namespace conntrail::store::test
