#include "wire.h"

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>

#include "commands.h"
#include "patience.h"

namespace conntrail::live {
namespace {

constexpr std::uint32_t kMark = 0x636f6e6e;  // of what we send: the only packets that pass the rule
constexpr std::uint8_t kFin = 0x01;

struct Layout {
  std::size_t tcp = 0;        // offset of the TCP header
  std::size_t addresses = 0;  // offset and length of source and destination
  std::size_t addresses_length = 0;
};

std::optional<Layout> tcp_layout(std::uint16_t protocol, std::span<const std::uint8_t> data) {
  if (protocol == ETH_P_IP && data.size() >= 40 && data[9] == IPPROTO_TCP)
    return Layout{(data[0] & 0x0fU) * std::size_t{4}, 12, 8};
  if (protocol == ETH_P_IPV6 && data.size() >= 60 && data[6] == IPPROTO_TCP) return Layout{40, 8, 32};
  return std::nullopt;
}

std::uint32_t add_words(std::uint32_t sum, std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const std::uint32_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
    sum += (std::uint32_t{bytes[i]} << 8U) + low;
  }
  return sum;
}

// Loopback leaves the checksum to a device that is not there; a segment that is sent anew needs it (RFC
// 9293, 3.1).
void write_checksum(const Layout& layout, std::span<std::uint8_t> data) {
  const std::span<std::uint8_t> segment = data.subspan(layout.tcp);
  segment[16] = 0;
  segment[17] = 0;
  std::uint32_t sum = static_cast<std::uint32_t>(IPPROTO_TCP + segment.size());
  sum = add_words(sum, data.subspan(layout.addresses, layout.addresses_length));
  sum = add_words(sum, segment);
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  sum = ~sum & 0xffffU;
  segment[16] = static_cast<std::uint8_t>(sum >> 8U);
  segment[17] = static_cast<std::uint8_t>(sum & 0xffU);
}

}  // namespace

Wire::Wire()
    : socket_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL))),
      loopback_index_(static_cast<int>(::if_nametoindex("lo"))) {
  EXPECT_TRUE(static_cast<bool>(socket_));
  const std::uint32_t mark = kMark;
  EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark), 0);
}

void Wire::hold_fins() { nft(nft_input("meta l4proto tcp meta mark != " + std::to_string(kMark) + " drop")); }

void Wire::collect() {
  std::array<std::uint8_t, 2048> buffer{};
  for (;;) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t n = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
    if (n <= 0) return;
    if (from.sll_ifindex != loopback_index_ || from.sll_pkttype == PACKET_OUTGOING) continue;
    const std::span<const std::uint8_t> data(buffer.data(), static_cast<std::size_t>(n));
    const auto layout = tcp_layout(ntohs(from.sll_protocol), data);
    if (!layout || (data[layout->tcp + 13] & kFin) == 0) continue;
    const auto same_direction = [&](const Packet& other) {
      return std::equal(data.begin() + static_cast<std::ptrdiff_t>(layout->tcp),
                        data.begin() + static_cast<std::ptrdiff_t>(layout->tcp + 4),
                        other.data.begin() + static_cast<std::ptrdiff_t>(layout->tcp));
    };
    if (std::none_of(fins_.begin(), fins_.end(), same_direction))
      fins_.push_back({ntohs(from.sll_protocol), {data.begin(), data.end()}});
  }
}

void Wire::send(const Packet& packet) const {
  std::vector<std::uint8_t> data = packet.data;
  const auto layout = tcp_layout(packet.protocol, data);
  write_checksum(layout.value(), data);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(packet.protocol);
  to.sll_ifindex = loopback_index_;
  to.sll_halen = ETHER_ADDR_LEN;
  EXPECT_EQ(
      ::sendto(socket_.get(), data.data(), data.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
      static_cast<ssize_t>(data.size()));
}

void Wire::deliver_crossed_fins() {
  const bool both = eventually(
      [&] {
        collect();
        return fins_.size() == 2;
      },
      std::chrono::seconds(5));
  ASSERT_TRUE(both) << "both sides must have sent their FIN; seen: " << fins_.size();
  for (const Packet& packet : fins_) send(packet);
}

void Wire::release() { nft_flush(); }

}  // namespace conntrail::live
