// Every field of every kind of record comes back as it went in.
#include <gtest/gtest.h>

#include <limits>

#include "bytes.h"
#include "capture/capture_codec.h"
#include "capture/later_fields.h"
#include "checksum.h"
#include "distinct_connection.h"
#include "random_records.h"

namespace conntrail::store::test {
namespace {

TEST(Bytes, numbers_of_any_size) {
  const std::vector<std::uint64_t> numbers{
      0, 1, 127, 128, 16383, 16384, 0xffffffff, std::numeric_limits<std::uint64_t>::max()};
  ByteWriter out;
  for (const std::uint64_t number : numbers) out.varint(number);
  for (const std::uint64_t number : numbers) out.signed_varint(static_cast<std::int64_t>(number));
  for (const std::uint64_t number : numbers) out.difference(number, 5);
  ByteReader in(out.view());
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.varint(), number);
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.signed_varint(), static_cast<std::int64_t>(number));
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.difference(5), number);
  EXPECT_TRUE(in.good());
  EXPECT_EQ(in.left(), 0U);
}

TEST(Bytes, what_is_no_number_spoils_the_reader) {
  const std::vector<std::uint8_t> endless(11, 0xff);
  ByteReader in(endless);
  EXPECT_EQ(in.varint(), 0U);
  EXPECT_FALSE(in.good());
  EXPECT_EQ(in.u64(), 0U) << "and nothing comes after it";
  const std::vector<std::uint8_t> cut{0x80};
  ByteReader short_one(cut);
  EXPECT_EQ(short_one.varint(), 0U);
  EXPECT_FALSE(short_one.good());
}

TEST(Bytes, checksum_is_the_one_of_rfc_3720) {
  // RFC 3720, B.4: 32 bytes of zeroes, of ones, and ascending.
  std::vector<std::uint8_t> bytes(32, 0);
  EXPECT_EQ(crc32c(bytes), 0x8a9136aaU);
  std::ranges::fill(bytes, std::uint8_t{0xff});
  EXPECT_EQ(crc32c(bytes), 0x62a8ab43U);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(crc32c(bytes), 0x46dd794eU);
}

TEST(Codec, events_of_any_value) {
  RandomRecords random(1);
  constexpr int kEvents = 5000;
  std::vector<SocketEvent> events;
  for (int i = 0; i < kEvents; ++i) events.push_back(random.event());
  CaptureContext writing;
  ByteWriter out;
  for (const SocketEvent& event : events) encode(out, writing, event, 0);
  CaptureContext reading;
  ByteReader in(out.view());
  int with_sk = 0;
  for (const SocketEvent& event : events) {
    SocketEvent read;
    decode(in, reading, read);
    ASSERT_TRUE(in.good());
    if (read.sk != 0) {
      ++with_sk;
      EXPECT_EQ(read.sk, event.sk);
    }
    EXPECT_EQ(without_sk(read), without_sk(event));
  }
  EXPECT_EQ(in.left(), 0U);
  EXPECT_GT(with_sk, 100);
}

TEST(Codec, every_field_of_a_connection) {
  const Connection written = conntrail::test::distinct_connection();
  CaptureContext writing;
  ByteWriter out;
  encode(out, writing, written);
  CaptureContext reading;
  ByteReader in(out.view());
  Connection read;
  decode(in, reading, read);
  EXPECT_TRUE(in.good());
  EXPECT_EQ(in.left(), 0U);
  conntrail::test::for_each_pair(
      written, read, [](std::string_view name, const auto& value, const auto& found) {
        EXPECT_TRUE(value == found) << name
                                    << " is not in a capture: src/store/capture/capture_connection.cpp";
      });
}

TEST(Codec, fields_that_came_later) {
  constexpr std::tuple kLater{ConnectionField{"retransmits", &Connection::retransmits},
                              ConnectionField{"inode", &Connection::inode},
                              ConnectionField{"error", &Connection::error},
                              ConnectionField{"gap", &Connection::gap},
                              ConnectionField{"closed", &Connection::closed},
                              ConnectionField{"opened", &Connection::opened},
                              ConnectionField{"reset_reason", &Connection::reset_reason}};
  Connection written = conntrail::test::distinct_connection();
  written.error = -7;
  written.opened = {};
  for (const bool with_reason : {true, false}) {
    if (!with_reason) written.reset_reason.reset();
    CaptureContext writing;
    ByteWriter out;
    encode_later_fields(out, writing, written, kLater);
    CaptureContext reading;
    ByteReader in(out.view());
    Connection read;
    read.reset_reason = 3;
    read.opened = {5};
    decode_later_fields(in, reading, read, kLater);
    EXPECT_TRUE(in.good());
    EXPECT_EQ(in.left(), 0U);
    const auto expect_same = [&](const auto& field) {
      EXPECT_TRUE(written.*field.member == read.*field.member) << field.name;
    };
    std::apply([&](const auto&... field) { (expect_same(field), ...); }, kLater);
  }

  ByteReader nothing({});
  CaptureContext reading;
  Connection old;
  decode_later_fields(nothing, reading, old, kLater);
  EXPECT_TRUE(nothing.good()) << "an older capture ends before them";
  EXPECT_EQ(old, Connection{});

  const auto tail = tail_of<5>(kLater);
  EXPECT_EQ(std::tuple_size_v<decltype(tail)>, 2U);
  EXPECT_EQ(std::get<0>(tail).name, "opened");
}

TEST(Codec, an_ordinary_event_is_a_few_tens_of_bytes) {
  SocketEvent event;
  event.to = TcpState::established;
  event.from = TcpState::syn_sent;
  event.tuple.netns = 4026531840;
  event.tuple.family = Family::inet;
  event.tuple.local.address = event.tuple.remote.address = IpAddress::v4({127, 0, 0, 1});
  event.task_pid = 31234;
  event.socket_uid = 1000;
  event.cgroup_id = 6241;
  CaptureContext context;
  ByteWriter out;
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) {
    event.time = event.time + Nanoseconds(20'000 + i * 13);
    event.cookie = 100'000 + static_cast<std::uint64_t>(i % 64);
    event.tuple.local.port = static_cast<std::uint16_t>(32768 + i);
    encode(out, context, event, 0);
  }
  EXPECT_LT(out.size(), kEvents * 26U);
}

// Only whether two sockets are the same one is kept: the addresses in the kernel's memory are not.
TEST(Codec, addresses_of_the_kernel_stay_out) {
  constexpr std::uint64_t kSk = 0xffff888012345678;
  SocketEvent event = RandomRecords(2).event();
  event.from = TcpState::listen;
  event.to = TcpState::syn_recv;
  std::vector<std::uint64_t> read;
  for (int run = 0; run < 2; ++run) {
    event.sk = kSk;
    SocketEvent other = event;
    other.sk = kSk + 64;
    for (const CaptureRecord& record : read_back(capture_of({event, other, event})).records)
      read.push_back(std::get<SocketEvent>(record).sk);
  }
  ASSERT_EQ(read.size(), 6U);
  EXPECT_EQ(read[0], read[2]);
  EXPECT_NE(read[0], read[1]);
  EXPECT_NE(read[0], kSk);
  EXPECT_NE(read[0], read[3]) << "numbered anew in each capture";
}

TEST(Codec, records_of_every_kind) {
  RandomRecords random(3);
  constexpr int kRecords = 400;
  std::vector<CaptureRecord> records;
  for (int i = 0; i < kRecords; ++i) records.push_back(random.any());
  const ReadBack read = read_back(capture_of(records, {3, 4, 100}));
  EXPECT_FALSE(read.damage) << format_error(*read.damage);
  ASSERT_EQ(read.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(without_sk(read.records[i]), without_sk(records[i])) << i << ", kind " << records[i].index();
}

TEST(Codec, large_snapshots_span_blocks) {
  RandomRecords random(4);
  constexpr std::size_t kRows = 20'000;
  const std::vector<CaptureRecord> records{random.snapshot(kRows), random.holders(kRows), random.event()};
  const ReadBack read = read_back(capture_of(records));
  EXPECT_FALSE(read.damage) << format_error(*read.damage);
  ASSERT_EQ(read.records.size(), 3U);
  EXPECT_EQ(read.records[0], records[0]);
  EXPECT_EQ(read.records[1], records[1]);
}

TEST(Codec, header) {
  CaptureHeader header = some_header();
  header.events = false;
  header.filter = "dport = :443 --netns red";
  header.followed_pid = 4711;
  header.started = {-5};
  ByteWriter out;
  encode(out, header);
  // A field of a newer conntrail is left out.
  out.varint(200);
  out.text("something new");
  ByteReader in(out.view());
  const CaptureHeader read = decode_header(in);
  EXPECT_TRUE(in.good());
  EXPECT_EQ(read.program, header.program);
  EXPECT_EQ(read.kernel, header.kernel);
  EXPECT_EQ(read.host, header.host);
  EXPECT_EQ(read.boot_id, header.boot_id);
  EXPECT_EQ(read.clock.offset_ns(), header.clock.offset_ns());
  EXPECT_EQ(read.started, header.started);
  EXPECT_EQ(read.events, header.events);
  EXPECT_EQ(read.filter, header.filter);
  EXPECT_EQ(read.reset_reasons, header.reset_reasons);
  EXPECT_EQ(read.followed_pid, header.followed_pid);
}

}  // namespace
}  // namespace conntrail::store::test
