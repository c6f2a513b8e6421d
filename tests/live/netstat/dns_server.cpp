#include "dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <stdexcept>
#include <utility>

namespace conntrail::test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kHeader = 12;

UniqueFd bound(int type, const sockaddr_in& address) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // A thousand questions may come at once.
  const int room = 8 << 20;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind port 53");
  }
  return fd;
}

DnsQuestion parse(std::string packet, bool tcp) {
  DnsQuestion question{{}, std::move(packet), tcp};
  const std::string& bytes = question.packet;
  for (std::size_t at = kHeader; at < bytes.size() && bytes[at] != 0;) {
    const auto length = static_cast<std::size_t>(bytes[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += bytes.substr(at + 1, length);
    at += length + 1;
  }
  return question;
}

std::string number16(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

}  // namespace

DnsServer::DnsServer(const char* address, Answer answer) : answer_(std::move(answer)) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(53);
  ::inet_pton(AF_INET, address, &place.sin_addr);
  udp_ = bound(SOCK_DGRAM, place);
  tcp_ = bound(SOCK_STREAM, place);
  ::listen(tcp_.get(), 64);
  thread_ = std::thread([this] { serve(); });
  tcp_thread_ = std::thread([this] {
    while (!stop_) serve_tcp();
  });
}

DnsServer::~DnsServer() {
  stop_ = true;
  thread_.join();
  tcp_thread_.join();
}

void DnsServer::serve() {
  struct Due {
    sockaddr_in to;
    std::string packet;
  };
  std::multimap<Clock::time_point, Due> due;
  std::array<char, 4096> buffer{};
  while (!stop_) {
    pollfd waiting{udp_.get(), POLLIN, 0};
    ::poll(&waiting, 1, due.empty() ? 20 : 1);
    sockaddr_in from{};
    socklen_t length = sizeof from;
    for (ssize_t got = 0; (got = ::recvfrom(udp_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                            reinterpret_cast<sockaddr*>(&from), &length)) >= 0;) {
      ++questions_;
      const DnsQuestion question = parse({buffer.data(), static_cast<std::size_t>(got)}, false);
      for (DnsReply& reply : answer_(question)) {
        due.emplace(Clock::now() + reply.delay, Due{from, std::move(reply.packet)});
      }
      if (got == 0) break;
    }
    while (!due.empty() && due.begin()->first <= Clock::now()) {
      const Due& next = due.begin()->second;
      ::sendto(udp_.get(), next.packet.data(), next.packet.size(), 0,
               reinterpret_cast<const sockaddr*>(&next.to), sizeof next.to);
      due.erase(due.begin());
    }
  }
}

// One question to a connection, which is then closed, as servers may.
void DnsServer::serve_tcp() {
  pollfd waiting{tcp_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 20) <= 0) return;
  const UniqueFd client(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 4096> buffer{};
  std::string text;
  while (true) {
    const ssize_t got = ::recv(client.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() < 2) continue;
    const std::size_t size = static_cast<unsigned char>(text[0]) * 256U + static_cast<unsigned char>(text[1]);
    if (text.size() < 2 + size) continue;
    for (const DnsReply& reply : answer_(parse(text.substr(2, size), true))) {
      const std::string framed = number16(reply.packet.size()) + reply.packet;
      if (::send(client.get(), framed.data(), framed.size(), MSG_NOSIGNAL) < 0) return;
    }
    return;
  }
}

std::string dns_name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return wire += '\0';
}

std::string dns_reply(const DnsQuestion& question, const std::vector<DnsRecord>& records,
                      std::uint16_t flags) {
  const std::size_t asked = dns_name(question.name).size() + 4;
  std::string packet = question.packet.substr(0, 2) + number16(0x8180U | flags) + number16(1) +
                       number16(records.size()) + number16(0) + number16(0) +
                       question.packet.substr(kHeader, asked);
  for (const DnsRecord& record : records) {
    packet += record.owner + number16(record.type) + number16(1) + number16(0) + number16(60) +
              number16(record.data.size()) + record.data;
  }
  return packet;
}

}  // namespace conntrail::test
