// Truncated, damaged and foreign files: what is whole is used, the rest is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/capture_block.h"
#include "random_records.h"

namespace conntrail::store::test {
namespace {

using testing::HasSubstr;

// Records that are told apart by their cookie, three blocks of two.
std::vector<CaptureRecord> six_events() {
  RandomRecords random(5);
  std::vector<CaptureRecord> records;
  constexpr std::int64_t kStep = 1000;
  for (std::uint64_t i = 0; i < 6; ++i) {
    SocketEvent event = random.event();
    event.cookie = i + 1;
    event.sk = 0;
    event.time = {kStep * static_cast<std::int64_t>(i + 1)};
    records.emplace_back(event);
  }
  return records;
}
std::string three_blocks() { return capture_of(six_events(), {1, 3}); }

std::vector<std::uint64_t> cookies(const std::vector<CaptureRecord>& records) {
  std::vector<std::uint64_t> result;
  for (const CaptureRecord& record : records) {
    if (const auto* event = std::get_if<SocketEvent>(&record)) result.push_back(event->cookie);
  }
  return result;
}

std::vector<CapturedLoss> losses(const std::vector<CaptureRecord>& records) {
  std::vector<CapturedLoss> result;
  for (const CaptureRecord& record : records) {
    if (const auto* loss = std::get_if<CapturedLoss>(&record)) result.push_back(*loss);
  }
  return result;
}

// Where the blocks and at last the end mark begin.
std::vector<std::size_t> block_starts(const std::string& content) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at + kBlockHeaderBytes <= content.size(); ++at) {
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(content.data()) + at, kBlockHeaderBytes);
    if (decode_block_header(bytes)) starts.push_back(at);
  }
  return starts;
}

TEST(Damage, none) {
  const ReadBack read = read_back(three_blocks());
  EXPECT_FALSE(read.damage);
  EXPECT_EQ(read.records, six_events());
}

TEST(Damage, truncated_at_every_byte) {
  const std::string whole = three_blocks();
  const std::vector<std::size_t> starts = block_starts(whole);
  ASSERT_EQ(starts.size(), 4U);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const TemporaryFile file(whole.substr(0, length));
    auto reader = CaptureReader::open(file.path());
    if (length < starts[0]) {
      ASSERT_FALSE(reader) << length;
      EXPECT_EQ(reader.error().kind, ErrorKind::runtime);
      continue;
    }
    ASSERT_TRUE(reader) << length << ": " << format_error(reader.error());
    std::vector<CaptureRecord> records;
    while (auto record = reader->next()) records.push_back(std::move(*record));
    const auto blocks = static_cast<std::size_t>(
                            std::ranges::count_if(starts, [&](std::size_t at) { return at <= length; })) -
                        1;
    EXPECT_EQ(records.size(), 2 * blocks) << length;
    ASSERT_TRUE(reader->damage()) << length;
    EXPECT_THAT(reader->damage()->why, HasSubstr("after " + std::to_string(blocks) + " whole blocks"));
  }
}

TEST(Damage, a_flipped_bit_costs_one_block) {
  const std::string whole = three_blocks();
  const std::vector<std::size_t> starts = block_starts(whole);
  ASSERT_EQ(starts.size(), 4U);
  const auto expected = [&](std::size_t at) -> std::vector<std::uint64_t> {
    if (at < starts[1]) return {3, 4, 5, 6};
    if (at < starts[2]) return {1, 2, 5, 6};
    if (at < starts[3]) return {1, 2, 3, 4};
    return {1, 2, 3, 4, 5, 6};
  };
  for (std::size_t at = starts[0]; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ (1 << (at % 8)));
    const ReadBack read = read_back(broken);
    ASSERT_TRUE(read.damage) << at;
    EXPECT_EQ(cookies(read.records), expected(at)) << at << ": " << format_error(*read.damage);
    const std::vector<CapturedLoss> lost = losses(read.records);
    const bool in_end_mark = at >= starts[3];
    ASSERT_EQ(lost.size(), in_end_mark ? 0U : 1U) << at;
    if (in_end_mark) continue;
    EXPECT_GE(lost[0].count, 1U);
    EXPECT_LE(lost[0].from, lost[0].to);
    // The header of the damaged block may be whole: then the count is exact.
    const bool header_whole = std::ranges::none_of(
        starts, [&](std::size_t start) { return at >= start && at < start + kBlockHeaderBytes; });
    if (header_whole) {
      EXPECT_EQ(lost[0].count, 2U) << at;
    }
  }
}

TEST(Damage, the_loss_stands_where_the_block_was) {
  const std::string whole = three_blocks();
  const std::vector<std::size_t> starts = block_starts(whole);
  std::string broken = whole;
  broken[starts[1] + kBlockHeaderBytes] = static_cast<char>(broken[starts[1] + kBlockHeaderBytes] ^ 1);
  const ReadBack read = read_back(broken);
  ASSERT_EQ(read.records.size(), 5U);
  const auto* loss = std::get_if<CapturedLoss>(&read.records[2]);
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->from.ns, 2000);
  EXPECT_EQ(loss->to.ns, 5000);
}

TEST(Damage, foreign_bytes_between_blocks_are_passed_over) {
  std::string content = three_blocks();
  content.insert(block_starts(content)[1], "something that is no block");
  const ReadBack read = read_back(content);
  EXPECT_EQ(cookies(read.records), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(losses(read.records).empty()) << "nothing is missing";
  ASSERT_TRUE(read.damage);
  EXPECT_THAT(read.damage->why, HasSubstr("26 bytes"));
}

TEST(Damage, a_snapshot_that_lacks_rows_is_left_out) {
  RandomRecords random(6);
  constexpr std::size_t kRows = 30'000;  // several blocks
  const std::string whole = capture_of({random.event(), random.snapshot(kRows), random.event()});
  const std::vector<std::size_t> starts = block_starts(whole);
  ASSERT_GT(starts.size(), 4U);
  std::string broken = whole;
  broken[starts[2] + kBlockHeaderBytes + 1] =
      static_cast<char>(broken[starts[2] + kBlockHeaderBytes + 1] ^ 1);
  const ReadBack read = read_back(broken);
  EXPECT_EQ(cookies(read.records).size(), 2U);
  EXPECT_EQ(losses(read.records).size(), 1U);
  EXPECT_EQ(read.records.size(), 3U) << "no part of the snapshot";
  ASSERT_TRUE(read.damage);
  EXPECT_THAT(read.damage->why, HasSubstr("incomplete"));
}

TEST(Damage, foreign_files) {
  for (const std::string& content : {std::string(), std::string("x"), std::string("SQLite format 3\0", 16),
                                     std::string(1000, '\0'), three_blocks().substr(1)}) {
    const TemporaryFile file(content);
    const auto reader = CaptureReader::open(file.path());
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().what, HasSubstr("is not a capture"));
  }
  EXPECT_FALSE(CaptureReader::open("/does/not/exist"));
  EXPECT_FALSE(CaptureReader::open("/"));
}

TEST(Damage, newer_version) {
  std::string content = three_blocks();
  content[kCaptureMagic.size()] = static_cast<char>(kCaptureVersion + 1);
  const TemporaryFile file(content);
  const auto reader = CaptureReader::open(file.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(reader.error().why, HasSubstr("version " + std::to_string(kCaptureVersion + 1)));
}

TEST(Damage, header) {
  const std::string whole = three_blocks();
  for (std::size_t at = kCaptureMagic.size() + sizeof(std::uint32_t); at < block_starts(whole)[0]; ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    const TemporaryFile file(broken);
    EXPECT_FALSE(CaptureReader::open(file.path())) << at;
  }
}

}  // namespace
}  // namespace conntrail::store::test
