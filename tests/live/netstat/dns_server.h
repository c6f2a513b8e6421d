// A small DNS server for tests: answers on UDP and TCP port 53 of an address as a function of the test says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "conntrail/base/unique_fd.h"

namespace conntrail::test {

struct DnsQuestion {
  std::string name;    // "1.0.9.10.in-addr.arpa"
  std::string packet;  // the whole of it
  bool tcp = false;
};

struct DnsReply {
  std::string packet;
  std::chrono::milliseconds delay{0};  // UDP only
};

class DnsServer {
 public:
  using Answer = std::function<std::vector<DnsReply>(const DnsQuestion&)>;

  // Binds in the calling thread's namespace; `answer` runs on threads of the server's.
  DnsServer(const char* address, Answer answer);
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  ~DnsServer();

  [[nodiscard]] int questions() const { return questions_; }

 private:
  void serve();
  void serve_tcp();

  Answer answer_;
  UniqueFd udp_;
  UniqueFd tcp_;
  std::atomic<bool> stop_{false};
  std::atomic<int> questions_{0};
  std::thread thread_;
  std::thread tcp_thread_;
};

// Parts of replies.
struct DnsRecord {
  std::string owner;  // wire form
  std::uint16_t type = 12;
  std::string data;
};
inline constexpr std::uint16_t kPtr = 12;
inline constexpr std::uint16_t kCname = 5;

// "a.example" in wire form; a byte of a label may be anything but a dot.
[[nodiscard]] std::string dns_name(std::string_view name);
// A reply with the question's id and question section. `flags` are those of the header's second word besides
// QR and RA: the response code, TC (0x0200).
[[nodiscard]] std::string dns_reply(const DnsQuestion& question, const std::vector<DnsRecord>& records,
                                    std::uint16_t flags = 0);

}  // namespace conntrail::test
