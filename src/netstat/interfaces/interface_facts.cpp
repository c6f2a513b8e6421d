#include "interfaces/interface_facts.h"

#include <linux/if_slip.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace conntrail::netstat {

namespace {

constexpr std::size_t kFirstGuess = 30;  // interfaces with an address

std::string name_in(const ifreq& request) {
  return {request.ifr_name, ::strnlen(request.ifr_name, sizeof request.ifr_name)};
}

// One interface's questions. Each answer fills `request()`.
class Asker {
 public:
  Asker(int fd, const std::string& name) : fd_(fd) {
    std::memcpy(name_, name.data(), std::min(name.size(), sizeof name_ - 1));
  }

  [[nodiscard]] bool ask(unsigned long question) {
    request_ = ifreq{};
    std::memcpy(request_.ifr_name, name_, sizeof name_);
    return ::ioctl(fd_, question, &request_) == 0;
  }
  [[nodiscard]] const ifreq& request() const { return request_; }

  [[nodiscard]] std::int32_t number(unsigned long question, std::int32_t otherwise) {
    return ask(question) ? request_.ifr_mtu : otherwise;
  }

  // 0.0.0.0 where there is no answer.
  [[nodiscard]] IpAddress address(unsigned long question) {
    IpAddress address = IpAddress::v4({});
    if (!ask(question)) return address;
    sockaddr_in inet{};
    std::memcpy(&inet, &request_.ifr_addr, sizeof inet);
    std::memcpy(address.bytes.data(), &inet.sin_addr, sizeof inet.sin_addr);
    return address;
  }

 private:
  int fd_;
  char name_[IFNAMSIZ] = {};
  ifreq request_{};
};

void ask_hardware(Asker& asker, InterfaceFacts& facts) {
  if (asker.ask(SIOCGIFHWADDR)) {
    const sockaddr& address = asker.request().ifr_hwaddr;
    facts.hardware = address.sa_family;
    std::memcpy(facts.hardware_address.data(), address.sa_data, facts.hardware_address.size());
  }
  facts.mtu = asker.number(SIOCGIFMTU, 0);
  if (asker.ask(SIOCGIFMAP)) {
    const ifmap& map = asker.request().ifr_map;
    facts.map = {map.mem_start, map.mem_end, map.base_addr, map.irq, map.dma, map.port};
  }
  facts.queue_length = asker.number(SIOCGIFTXQLEN, -1);
}

bool is_serial(std::uint16_t hardware) {
  return hardware == ARPHRD_SLIP || hardware == ARPHRD_CSLIP || hardware == ARPHRD_SLIP6 ||
         hardware == ARPHRD_CSLIP6 || hardware == ARPHRD_ADAPT;
}

}  // namespace

std::expected<InterfaceQuestions, int> InterfaceQuestions::open() {
  int inet_error = 0;
  // Any socket can be asked for all but IPv4 addresses.
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd) return InterfaceQuestions(std::move(fd), inet_error);
    if (family == AF_INET) inet_error = errno;
  }
  return std::unexpected(errno);
}

std::expected<std::vector<std::string>, int> InterfaceQuestions::addressed() const {
  for (std::size_t guess = kFirstGuess;; guess *= 2) {
    std::vector<ifreq> space(guess);
    ifconf question{};
    question.ifc_len = static_cast<int>(guess * sizeof(ifreq));
    question.ifc_req = space.data();
    if (::ioctl(fd_.get(), SIOCGIFCONF, &question) != 0) return std::unexpected(errno);
    const std::size_t count = static_cast<std::size_t>(std::max(question.ifc_len, 0)) / sizeof(ifreq);
    if (count >= guess) continue;  // there may be more
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 0; i < count; ++i) names.push_back(name_in(space[i]));
    return names;
  }
}

std::expected<InterfaceFacts, int> InterfaceQuestions::ask(const std::string& name) const {
  Asker asker(fd_.get(), name);
  InterfaceFacts facts;
  if (!asker.ask(SIOCGIFFLAGS)) return std::unexpected(errno);
  facts.flags = asker.request().ifr_flags;
  ask_hardware(asker, facts);
  if (is_serial(facts.hardware)) {
    facts.outfill = std::max(asker.number(SIOCGOUTFILL, 0), 0);
    facts.keepalive = std::max(asker.number(SIOCGKEEPALIVE, 0), 0);
  }
  if (inet_error_ == 0 && asker.ask(SIOCGIFADDR) && asker.request().ifr_addr.sa_family == AF_INET) {
    InterfaceAddress4 address;
    address.local = asker.address(SIOCGIFADDR);
    address.destination = asker.address(SIOCGIFDSTADDR);
    address.broadcast = asker.address(SIOCGIFBRDADDR);
    address.netmask = asker.address(SIOCGIFNETMASK);
    facts.address = address;
  }
  return facts;
}

}  // namespace conntrail::netstat
