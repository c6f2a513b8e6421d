// The one meaning of a dump's end, and of everything else that a datagram may hold.
#include "conntrail/netlink/dump_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <climits>
#include <random>
#include <vector>

#include "netlink_message.h"

namespace conntrail::netlink {
namespace {

using test::Buffer;
using test::message;
using test::payload_of;
using test::operator+;

constexpr std::uint16_t kAnswer = 20;
constexpr AnswerKey kKey{.sequence = 1, .port = 0, .type = kAnswer};

struct Outcome {
  std::vector<int> answers;  // the number that each holds
  bool over = false;
  DumpEnd end;
};

Outcome read(const std::vector<Buffer>& datagrams, const AnswerKey& key = kKey) {
  DumpReader reader(key);
  Outcome outcome;
  for (const Buffer& datagram : datagrams) {
    EXPECT_FALSE(reader.over()) << "a datagram after the end";
    reader.feed({datagram, 0});
    while (const auto payload = reader.next()) outcome.answers.push_back(copy_prefix<int>(*payload));
    EXPECT_EQ(reader.over(), ends_dump(key, {datagram, 0}));
  }
  outcome.over = reader.over();
  outcome.end = reader.end();
  return outcome;
}

Buffer answer(int number, std::uint16_t flags = NLM_F_MULTI, std::uint32_t sequence = 1) {
  return message(kAnswer, payload_of(number), flags, sequence);
}
Buffer of_port(Buffer one_message, std::uint32_t port) {
  std::memcpy(one_message.data() + offsetof(nlmsghdr, nlmsg_pid), &port, sizeof port);
  return one_message;
}
// Exactly these bytes behind the header.
Buffer with_payload(std::uint16_t type, std::size_t length) {
  Buffer bytes = message(type, Buffer(length));
  const auto total = static_cast<std::uint32_t>(sizeof(nlmsghdr) + length);
  std::memcpy(bytes.data(), &total, sizeof total);
  return bytes;
}

TEST(DumpReader, HandsOutAnswersInOrderOverAllDatagramsUntilDone) {
  const Outcome outcome =
      read({answer(1) + answer(2), answer(3), answer(4) + message(NLMSG_DONE, payload_of(0)) + answer(5)});
  EXPECT_EQ(outcome.answers, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_TRUE(outcome.over);
  EXPECT_EQ(outcome.end.error, 0);
  EXPECT_EQ(outcome.end.malformed, 0U);
  EXPECT_FALSE(outcome.end.interrupted);
}

TEST(DumpReader, IsNotOverBeforeItsEnd) {
  EXPECT_FALSE(read({}).over);
  EXPECT_FALSE(read({answer(1), answer(2)}).over);
}

// Both ends hold a code, and it means the same in both.
TEST(DumpReader, CodesOfTheEnd) {
  for (const std::uint16_t type : {std::uint16_t{NLMSG_DONE}, std::uint16_t{NLMSG_ERROR}}) {
    for (const auto& [code, error] : {std::pair(0, 0), std::pair(-EPERM, EPERM), std::pair(-ENOENT, ENOENT),
                                      std::pair(-4095, 4095), std::pair(-4096, EPROTO), std::pair(1, EPROTO),
                                      std::pair(EPERM, EPROTO), std::pair(INT_MIN, EPROTO)}) {
      const Outcome outcome = read({answer(1) + message(type, payload_of(code)) + answer(2)});
      EXPECT_EQ(outcome.answers, (std::vector<int>{1}));
      EXPECT_TRUE(outcome.over);
      EXPECT_EQ(outcome.end.error, error) << "type " << type << ", code " << code;
      EXPECT_EQ(outcome.end.malformed, 0U);
    }
  }
}

TEST(DumpReader, ABareDoneIsASuccess) {
  const Outcome outcome = read({message(NLMSG_DONE, {})});
  EXPECT_TRUE(outcome.over);
  EXPECT_EQ(outcome.end.error, 0);
  EXPECT_EQ(outcome.end.malformed, 0U);
}

TEST(DumpReader, AnEndTooShortForItsCodeIsABrokenProtocol) {
  for (const std::uint16_t type : {std::uint16_t{NLMSG_DONE}, std::uint16_t{NLMSG_ERROR}}) {
    for (const std::size_t length : {0U, 1U, 3U}) {
      if (type == NLMSG_DONE && length == 0) continue;
      const Outcome outcome = read({with_payload(type, length)});
      EXPECT_TRUE(outcome.over);
      EXPECT_EQ(outcome.end.error, EPROTO) << type << " " << length;
      EXPECT_EQ(outcome.end.malformed, 1U) << type << " " << length;
    }
  }
}

TEST(DumpReader, TellsThatTheTableChanged) {
  constexpr std::uint16_t kInterrupted = NLM_F_MULTI | NLM_F_DUMP_INTR;
  EXPECT_FALSE(read({answer(1)}).end.interrupted);
  const Outcome by_row = read({answer(1, kInterrupted) + answer(2), message(NLMSG_DONE, payload_of(0))});
  EXPECT_TRUE(by_row.end.interrupted);
  EXPECT_EQ(by_row.answers, (std::vector<int>{1, 2}));
  EXPECT_TRUE(read({message(NLMSG_DONE, payload_of(0), kInterrupted)}).end.interrupted);
  EXPECT_TRUE(read({message(NLMSG_OVERRUN, {})}).end.interrupted);
  EXPECT_FALSE(read({answer(1, kInterrupted, 2)}).end.interrupted) << "of another dump";
}

// The kernel dropped a part of its answer: what came before stands, and there will be no end.
TEST(DumpReader, NoRoomForTheKernelsAnswerIsAnInterruption) {
  DumpReader reader(kKey);
  reader.feed({{}, ENOBUFS});
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.over());
  EXPECT_TRUE(reader.end().interrupted);
  EXPECT_EQ(reader.end().error, 0);
  EXPECT_TRUE(ends_dump(kKey, {{}, ENOBUFS}));
}

TEST(DumpReader, AnErrorOfReceivingIsTheDumps) {
  for (const int error : {EAGAIN, EMSGSIZE, ENOMEM}) {
    DumpReader reader(kKey);
    reader.feed({{}, error});
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.over());
    EXPECT_EQ(reader.end().error, error);
    EXPECT_FALSE(reader.end().interrupted);
    EXPECT_TRUE(ends_dump(kKey, {{}, error}));
  }
  // Nothing was received, though no error was told either.
  EXPECT_EQ(read({Buffer{}}).end.error, EPROTO);
}

TEST(DumpReader, PassesOverWhatBelongsToAnotherDump) {
  const Buffer done = message(NLMSG_DONE, payload_of(0));
  const Outcome other_sequence = read({answer(1, NLM_F_MULTI, 2) + answer(2, NLM_F_MULTI, 0) +
                                       message(NLMSG_DONE, payload_of(0), NLM_F_MULTI, 2)});
  EXPECT_TRUE(other_sequence.answers.empty());
  EXPECT_FALSE(other_sequence.over);
  EXPECT_EQ(other_sequence.end.malformed, 0U);

  constexpr AnswerKey kOurs{.sequence = 1, .port = 4711, .type = kAnswer};
  const Outcome other_port = read(
      {of_port(answer(1), 4712) + of_port(answer(2), 4711) + of_port(answer(3), 0) + of_port(done, 4712)},
      kOurs);
  EXPECT_EQ(other_port.answers, (std::vector<int>{2}));
  EXPECT_FALSE(other_port.over);
  EXPECT_TRUE(read({of_port(done, 4711)}, kOurs).over);
}

TEST(DumpReader, CountsMessagesOfOtherTypesButNotNoops) {
  const Outcome outcome =
      read({message(NLMSG_NOOP, {}) + answer(1) + message(kAnswer + 1, payload_of(2)) + answer(3)});
  EXPECT_EQ(outcome.answers, (std::vector<int>{1, 3}));
  EXPECT_EQ(outcome.end.malformed, 1U);
}

TEST(DumpReader, CountsATornRestOnceAndGoesOnWithTheNextDatagram) {
  const Buffer whole = answer(2);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const Buffer torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const Outcome outcome = read({answer(1) + torn, answer(3) + message(NLMSG_DONE, {})});
    EXPECT_EQ(outcome.answers, (std::vector<int>{1, 3})) << length;
    EXPECT_EQ(outcome.end.malformed, 1U) << length;
    EXPECT_TRUE(outcome.over);
  }
  // A length beyond the datagram, also one that is negative as an int.
  for (const std::uint32_t length : {0U, 15U, 100000U, 0x80000000U, 0xffffffffU}) {
    Buffer wrong = whole;
    std::memcpy(wrong.data(), &length, sizeof length);
    const Outcome outcome = read({wrong + answer(1)});
    EXPECT_TRUE(outcome.answers.empty()) << length;
    EXPECT_EQ(outcome.end.malformed, 1U) << length;
  }
}

// Run under the address and undefined-behaviour sanitizers, this shows that no byte is believed.
TEST(DumpReader, SurvivesRandomDamage) {
  const Buffer valid = answer(1) + answer(2) + message(NLMSG_NOOP, {}) + message(NLMSG_DONE, payload_of(0));
  std::mt19937 random(20261128);  // NOLINT: the same damage in every run
  std::uint64_t malformed = 0;
  std::uint64_t failed = 0;
  for (int round = 0; round < 50'000; ++round) {
    Buffer damaged = valid;
    const auto changes = random() % 8 + 1;
    for (std::uint64_t i = 0; i < changes; ++i) {
      damaged[random() % damaged.size()] = std::byte(random() & 0xff);
    }
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    damaged.shrink_to_fit();
    const Outcome outcome = read({damaged});
    EXPECT_LE(outcome.answers.size(), 4U);
    EXPECT_TRUE(outcome.end.error >= 0 && outcome.end.error <= 4095);
    EXPECT_TRUE(outcome.end.error == 0 || outcome.over);
    malformed += outcome.end.malformed;
    failed += outcome.end.error != 0 ? 1U : 0U;
  }
  EXPECT_GT(malformed, 1'000U);
  EXPECT_GT(failed, 1'000U);
}

}  // namespace
}  // namespace conntrail::netlink
