#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "windows/windows_interfaces.h"

namespace conntrail::netstat::windows {

namespace {

void take_link(InterfaceIdentity& identity, const sockaddr& address) {
  sockaddr_ll link{};
  std::memcpy(&link, &address, sizeof link);
  identity.index = static_cast<std::uint32_t>(link.sll_ifindex);
  const std::size_t length = std::min<std::size_t>(link.sll_halen, sizeof link.sll_addr);
  identity.hardware_address.assign(link.sll_addr, link.sll_addr + length);
}

void take_inet(InterfaceIdentity& identity, const sockaddr& address) {
  if (!identity.inet_address.empty()) return;
  sockaddr_in inet{};
  std::memcpy(&inet, &address, sizeof inet);
  std::array<char, INET_ADDRSTRLEN> text{};
  if (::inet_ntop(AF_INET, &inet.sin_addr, text.data(), text.size()) != nullptr)
    identity.inet_address = text.data();
}

}  // namespace

InterfaceList list_interfaces() {
  InterfaceList list;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return list;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> addresses(raw, &::freeifaddrs);
  for (const ifaddrs* entry = addresses.get(); entry != nullptr; entry = entry->ifa_next) {
    // An address may carry a label of its own ("eth0:1").
    std::string name(entry->ifa_name);
    name = name.substr(0, name.find(':'));
    InterfaceIdentity& identity = list[name];
    identity.name = name;
    identity.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
    if (entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family == AF_PACKET) take_link(identity, *entry->ifa_addr);
    if (entry->ifa_addr->sa_family == AF_INET) take_inet(identity, *entry->ifa_addr);
  }
  return list;
}

}  // namespace conntrail::netstat::windows
