// Masqueraded connections: the old table, connection tracking from both its sources, and the rows.
#include <gtest/gtest.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "conntrail/netlink/dump_reader.h"
#include "fake_names.h"
#include "masquerade/conntrack_line.h"
#include "masquerade/conntrack_message.h"
#include "masquerade/conntrack_tuple.h"
#include "masquerade/masquerade_entry.h"
#include "masquerade/masquerade_table.h"

namespace conntrail::netstat::test {
namespace {

constexpr const char* kTitle =
    "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=1,2,3)\n";

TEST(MasqueradeTable, OfOldKernels) {
  const auto entries =
      parse_masquerade_table(std::string(kTitle) +
                             "TCP C0A80102:0400 0A010101:0050 F000 ABCDEF01     -5      7    8999\n"
                             "UDP C0A80102:0400 0A010101:0035 F001 00000000      0      0  123456   \n");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  MasqueradeEntry expected;
  expected.protocol = "tcp";
  expected.source = IpAddress::v4({192, 168, 1, 2});
  expected.destination = IpAddress::v4({10, 1, 1, 1});
  expected.source_port = 1024;
  expected.destination_port = 80;
  expected.masquerade_port = 61440;
  expected.expires = 8999;
  expected.shift = SequenceShift{0xabcdef01, -5, 7};
  EXPECT_EQ(entries->front(), expected);
  EXPECT_EQ(entries->back().protocol, "udp");
}

TEST(MasqueradeTable, DamagedOnes) {
  const auto error_of = [](const std::string& text) {
    const auto entries = parse_masquerade_table(text);
    EXPECT_FALSE(entries) << text;
    return entries ? MasqueradeTableError::empty : entries.error();
  };
  const std::string title(kTitle);
  EXPECT_EQ(error_of(""), MasqueradeTableError::empty);
  EXPECT_EQ(error_of(title + "garbage\n"), MasqueradeTableError::bad_format);
  EXPECT_EQ(error_of(title + "TCP C0A80102:0400 0A010101:0050 F000"), MasqueradeTableError::bad_format);
  EXPECT_EQ(error_of(title + "TCP C0A80102 0400 0A010101:0050 F000 0 0 0 8999"),
            MasqueradeTableError::bad_format);
  EXPECT_EQ(error_of(title + "QQQ C0A80102:0400 0A010101:0050 F000 0 0 0 8999"),
            MasqueradeTableError::unknown_type);
  EXPECT_TRUE(parse_masquerade_table(title)->empty());
  EXPECT_TRUE(parse_masquerade_table("x")->empty());
}

TEST(MasqueradeRow, InTheOldLayout) {
  FakeNames names;
  MasqueradeEntry entry;
  entry.protocol = "tcp";
  entry.source = IpAddress::v4({192, 168, 1, 2});
  entry.destination = IpAddress::v4({10, 1, 1, 1});
  entry.source_port = 1024;
  entry.destination_port = 80;
  entry.masquerade_port = 61440;
  entry.expires = 8999;
  names.hosts[entry.source] = "laptop";
  names.ports[{PortNames::tcp, 80}] = "http";
  const auto row = [&](const MasqueradeStyle& style) {
    std::string out;
    append_masquerade_row(out, entry, style, names);
    return out;
  };
  EXPECT_EQ(row({true, true, false}),
            "tcp   1:29.99 192.168.1.2          10.1.1.1             1024 -> 80 (61440)\n");
  EXPECT_EQ(row({false, false, false}),
            "tcp   1:29.99 laptop               10.1.1.1             1024 -> http (61440)\n");
  EXPECT_EQ(
      row({true, true, true}),
      "tcp   1:29.99          0     0     0 192.168.1.2          10.1.1.1             1024 -> 80 (61440)\n");
  entry.shift = SequenceShift{4294967295U, -5, std::nullopt};
  entry.masquerade_port = 0;
  EXPECT_EQ(
      row({true, true, true}),
      "tcp   1:29.99 4294967295    -5     - 192.168.1.2          10.1.1.1             1024 -> 80 (*)\n");
}

constexpr const char* kTcpLine =
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.9.0.2 sport=40000 dport=80 packets=1 "
    "bytes=2 "
    "src=10.9.0.2 dst=10.9.0.1 sport=80 dport=26811 [ASSURED] mark=0 zone=0 use=2\n";

TEST(ConntrackLine, WhoseSourceIsReplaced) {
  const auto connection = parse_conntrack_line(kTcpLine);
  ASSERT_TRUE(connection);
  const auto entry = masqueraded(*connection);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->protocol, "tcp");
  EXPECT_EQ(entry->source, IpAddress::v4({10, 0, 0, 2}));
  EXPECT_EQ(entry->destination, IpAddress::v4({10, 9, 0, 2}));
  EXPECT_EQ(entry->source_port, 40000U);
  EXPECT_EQ(entry->destination_port, 80U);
  EXPECT_EQ(entry->masquerade_port, 26811U);
  EXPECT_EQ(entry->masquerade_address, IpAddress::v4({10, 9, 0, 1}));
  EXPECT_EQ(entry->expires, 43199900U);
  EXPECT_FALSE(entry->shift);
}

TEST(ConntrackLine, OtherProtocols) {
  const auto entry_of = [](const char* line) {
    const auto connection = parse_conntrack_line(line);
    EXPECT_TRUE(connection) << line;
    return connection ? masqueraded(*connection) : std::nullopt;
  };
  const auto icmp = entry_of(
      "ipv4 2 icmp 1 29 src=10.0.0.2 dst=10.9.0.2 type=8 code=1 id=777 src=10.9.0.2 dst=10.9.0.1 type=0 "
      "code=0 "
      "id=18234 mark=0 use=2");
  ASSERT_TRUE(icmp);
  EXPECT_EQ(icmp->source_port, 777U);
  EXPECT_EQ(icmp->destination_port, 264U);
  EXPECT_EQ(icmp->masquerade_port, 18234U);
  const auto gre = entry_of(
      "ipv4 2 gre 47 29 timeout=30, stream_timeout=180 src=10.0.0.2 dst=10.9.0.2 srckey=0x1f dstkey=0x2 "
      "src=10.9.0.2 dst=10.9.0.1 srckey=0x2 dstkey=0x1f mark=0 use=2");
  ASSERT_TRUE(gre);
  EXPECT_EQ(gre->protocol, "gre");
  EXPECT_EQ(gre->source_port, 31U);
  const auto v6 =
      entry_of("ipv6 10 unknown 200 29 src=fd01::2 dst=fd02::2 src=fd02::2 dst=fd02::1 mark=0 use=2");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->protocol, "200");
  EXPECT_EQ(v6->source.family, Family::inet6);
  // Forwarded by hardware: no time.
  const auto offloaded = entry_of(
      "ipv4 2 tcp 6 src=10.0.0.2 dst=10.9.0.2 sport=1 dport=2 src=10.9.0.2 dst=10.9.0.1 sport=2 dport=1 "
      "[OFFLOAD]");
  ASSERT_TRUE(offloaded);
  EXPECT_FALSE(offloaded->expires);
}

TEST(ConntrackLine, WhoseSourceIsItsOwn) {
  const auto plain = parse_conntrack_line(
      "ipv4 2 tcp 6 9 SYN_SENT src=10.0.0.2 dst=10.9.0.2 sport=1 dport=80 [UNREPLIED] src=10.9.0.2 "
      "dst=10.0.0.2 "
      "sport=80 dport=1 use=1");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(masqueraded(*plain));
  // Only the destination is replaced.
  const auto redirected = parse_conntrack_line(
      "ipv4 2 tcp 6 9 SYN_SENT src=10.0.0.2 dst=10.9.0.2 sport=1 dport=80 src=10.0.0.1 dst=10.0.0.2 "
      "sport=8080 "
      "dport=1 use=1");
  ASSERT_TRUE(redirected);
  EXPECT_FALSE(masqueraded(*redirected));
}

TEST(ConntrackLine, DamagedOnesAreNone) {
  for (const char* line : {"", "\n", "ipv4", "ipv4 2 tcp 6 9", "ipx 2 tcp 6 9 src=10.0.0.2 dst=10.0.0.3",
                           "ipv4 2 tcp 999 9 src=10.0.0.2 dst=10.0.0.3 src=10.0.0.3 dst=10.0.0.1",
                           "ipv4 2 tcp 6 9 src=10.0.0.2 dst=10.0.0.3",
                           "ipv4 2 tcp 6 9 src=10.0.0.x dst=10.0.0.3 src=10.0.0.3 dst=10.0.0.1",
                           "ipv4 2 tcp 6 9 src=1.1.1.1 dst=1.1.1.2 sport=70000 src=1.1.1.2 dst=1.1.1.3",
                           "ipv4 2 tcp 6 9 src=1.1.1.1 src=1.1.1.2 src=1.1.1.3 src=1.1.1.4",
                           // Cut before an address.
                           "ipv4 2 tcp 6 9 src=1.1.1.1 dst=1.1.1.2 src=1.1.1.2",
                           "ipv4 2 tcp 6 9 src=1.1.1.1 src=1.1.1.2 dst=1.1.1.3",
                           "ipv6 10 tcp 6 9 src=1.1.1.1 dst=1.1.1.2 src=1.1.1.2 dst=1.1.1.3"}) {
    EXPECT_FALSE(parse_conntrack_line(line)) << line;
  }
}

// A message of ctnetlink, attribute by attribute.
class Message {
 public:
  void raw(const void* bytes, std::size_t length) {
    const auto* first = static_cast<const std::byte*>(bytes);
    bytes_.insert(bytes_.end(), first, first + length);
    while (bytes_.size() % 4 != 0) bytes_.push_back(std::byte{0});
  }
  void attribute(unsigned type, const std::vector<std::uint8_t>& value) {
    const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()),
                        static_cast<std::uint16_t>(type)};
    raw(&header, sizeof header);
    raw(value.data(), value.size());
  }
  void nested(unsigned type, const Message& inner) {
    const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + inner.bytes_.size()),
                        static_cast<std::uint16_t>(type | NLA_F_NESTED)};
    raw(&header, sizeof header);
    raw(inner.bytes_.data(), inner.bytes_.size());
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

Message tuple(const std::vector<std::uint8_t>& source, const std::vector<std::uint8_t>& destination,
              std::uint8_t source_port, std::uint8_t destination_port) {
  Message addresses;
  addresses.attribute(CTA_IP_V4_SRC, source);
  addresses.attribute(CTA_IP_V4_DST, destination);
  Message protocol;
  protocol.attribute(CTA_PROTO_NUM, {IPPROTO_TCP});
  protocol.attribute(CTA_PROTO_SRC_PORT, {0, source_port});
  protocol.attribute(CTA_PROTO_DST_PORT, {1, destination_port});
  Message whole;
  whole.nested(CTA_TUPLE_IP, addresses);
  whole.nested(CTA_TUPLE_PROTO, protocol);
  return whole;
}

Message connection_message() {
  Message message;
  const nfgenmsg header{AF_INET, NFNETLINK_V0, 0};
  message.raw(&header, sizeof header);
  message.nested(CTA_TUPLE_ORIG, tuple({10, 0, 0, 2}, {10, 9, 0, 2}, 7, 80));
  message.nested(CTA_TUPLE_REPLY, tuple({10, 9, 0, 2}, {10, 9, 0, 1}, 80, 9));
  message.attribute(CTA_TIMEOUT, {0, 0, 1, 0});
  Message shift;
  shift.attribute(CTA_SEQADJ_CORRECTION_POS, {0xff, 0, 0, 1});
  shift.attribute(CTA_SEQADJ_OFFSET_BEFORE, {0, 0, 0, 3});
  shift.attribute(CTA_SEQADJ_OFFSET_AFTER, {0xff, 0xff, 0xff, 0xfe});
  message.nested(CTA_SEQ_ADJ_ORIG, shift);
  return message;
}

TEST(ConntrackMessage, IsTakenAttributeByAttribute) {
  const auto connection = decode_conntrack(connection_message().bytes());
  ASSERT_TRUE(connection);
  const auto entry = masqueraded(*connection);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->protocol, "tcp");
  EXPECT_EQ(entry->source, IpAddress::v4({10, 0, 0, 2}));
  EXPECT_EQ(entry->source_port, 7U);
  EXPECT_EQ(entry->destination_port, 256U + 80U);
  EXPECT_EQ(entry->masquerade_port, 256U + 9U);
  EXPECT_EQ(entry->expires, 25600U);
  EXPECT_EQ(entry->shift, (SequenceShift{0xff000001, -2, 3}));
}

// Cut anywhere it is none, or one with fewer details; never a read beyond its end (the sanitizers watch).
TEST(ConntrackMessage, CutAnywhere) {
  const std::vector<std::byte> whole = connection_message().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto connection = decode_conntrack(cut);
    if (connection) {
      EXPECT_EQ(connection->original.source, IpAddress::v4({10, 0, 0, 2})) << length;
    }
  }
  // Any octet changed: some spoil the message, some only a detail.
  std::size_t taken = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> changed = whole;
    changed[i] = ~changed[i];
    taken += decode_conntrack(changed) ? 1U : 0U;
  }
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, whole.size());
}

std::vector<std::byte> datagram(std::uint16_t type, std::uint32_t sequence,
                                const std::vector<std::byte>& payload) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_seq = sequence;
  std::vector<std::byte> bytes(header.nlmsg_len);
  std::memcpy(bytes.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(bytes.data() + sizeof header, payload.data(), payload.size());
  return bytes;
}

TEST(ConntrackDatagram, ItsMessages) {
  constexpr std::uint16_t kNew = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
  struct Result {
    bool done = false;
    int error = 0;
    std::uint64_t malformed = 0;
  };
  int taken = 0;
  const auto decode = [&taken](const std::vector<std::byte>& bytes) {
    netlink::DumpReader reader({.sequence = 1, .port = 0, .type = kNew});
    reader.feed({bytes, 0});
    Result result;
    while (const auto payload = reader.next()) {
      if (decode_conntrack(*payload)) {
        ++taken;
      } else {
        ++result.malformed;
      }
    }
    result.malformed += reader.end().malformed;
    result.done = reader.over();
    result.error = reader.end().error;
    return result;
  };
  const std::vector<std::byte> one = datagram(kNew, 1, connection_message().bytes());
  EXPECT_FALSE(decode(one).done);
  EXPECT_EQ(taken, 1);
  EXPECT_FALSE(decode(datagram(kNew, 2, connection_message().bytes())).done);
  EXPECT_EQ(taken, 1);  // the answer to another request
  EXPECT_EQ(decode(datagram(kNew, 1, {})).malformed, 1U);
  EXPECT_TRUE(decode(datagram(NLMSG_DONE, 1, {})).done);

  std::vector<std::byte> denied(sizeof(nlmsgerr));
  const int error = -EPERM;
  std::memcpy(denied.data(), &error, sizeof error);
  EXPECT_EQ(decode(datagram(NLMSG_ERROR, 1, denied)).error, EPERM);
  EXPECT_EQ(decode(datagram(NLMSG_ERROR, 1, {})).error, EPROTO);
  for (const int none : {1, -4096, std::numeric_limits<int>::min()}) {
    std::memcpy(denied.data(), &none, sizeof none);
    EXPECT_EQ(decode(datagram(NLMSG_ERROR, 1, denied)).error, EPROTO) << none;
  }

  for (std::size_t length = 1; length < one.size(); ++length) {
    EXPECT_EQ(decode({one.begin(), one.begin() + static_cast<std::ptrdiff_t>(length)}).malformed, 1U)
        << length;
  }
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace conntrail::netstat::test
