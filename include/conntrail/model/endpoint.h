// Endpoint and FourTuple: the addresses of a socket, from its own point of view.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "conntrail/base/ip_address.h"

namespace conntrail {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  // host order; 0 = none or not yet known

  bool operator==(const Endpoint&) const = default;
  auto operator<=>(const Endpoint&) const = default;
};

// "10.0.0.1:80", "[fe80::1]:80"; port 0 prints "*". For people: a v4-mapped address prints as the IPv4
// address that it is, as the other end and every other tool shows it. JSON keeps address and port apart.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);
void append(std::string& out, const Endpoint& endpoint);
// The same with the address as the socket has it: "[::ffff:10.0.0.1]:80".
[[nodiscard]] std::string exact_string(const Endpoint& endpoint);
// An address alone, for people and for commands that they copy; a v4-mapped one plain.
[[nodiscard]] std::string plain_string(const IpAddress& address);
// Text for people of an address or an endpoint that scripts get as exact text; any other text is returned as
// it is.
[[nodiscard]] std::string plain_string(std::string text);

// A network namespace. Its inode number is what /proc/PID/ns/net shows, and the kernel gives it to the next
// one as soon as it is gone; the cookie (SO_NETNS_COOKIE) is no other one's until the host boots again.
struct NamespaceId {
  std::uint32_t inode = 0;
  std::uint64_t cookie = 0;  // 0 = not known: before Linux 5.12, or nobody could ask

  bool operator==(const NamespaceId&) const = default;
  auto operator<=>(const NamespaceId&) const = default;
};

// Whether nothing says that they are two.
[[nodiscard]] constexpr bool may_be_same(const NamespaceId& a, const NamespaceId& b) {
  return a.inode == b.inode && (a.cookie == 0 || b.cookie == 0 || a.cookie == b.cookie);
}

struct FourTuple {
  std::uint32_t netns = 0;  // network namespace inode
  Family family = Family::unspecified;
  Endpoint local;
  Endpoint remote;
  std::uint64_t netns_cookie = 0;  // see NamespaceId

  [[nodiscard]] constexpr NamespaceId network_namespace() const { return {netns, netns_cookie}; }
  bool operator==(const FourTuple&) const = default;
  auto operator<=>(const FourTuple&) const = default;
};

[[nodiscard]] constexpr std::uint64_t hash_of(const Endpoint& endpoint, std::uint64_t seed = kHashSeed) {
  return combine_hash(hash_of(endpoint.address, seed), endpoint.port);
}

// The same addresses, in namespaces of which nothing says that they are two. Those for which it holds have
// equal hashes.
[[nodiscard]] constexpr bool may_be_same(const FourTuple& a, const FourTuple& b) {
  return a.family == b.family && a.local == b.local && a.remote == b.remote &&
         may_be_same(a.network_namespace(), b.network_namespace());
}

// Without the cookie, which is not always known.
[[nodiscard]] constexpr std::uint64_t hash_of(const FourTuple& tuple, std::uint64_t seed = kHashSeed) {
  const std::uint64_t rest =
      std::uint64_t{tuple.netns} << 32U | std::uint64_t{tuple.local.port} << 16U | tuple.remote.port;
  return hash_of(tuple.remote.address, hash_of(tuple.local.address, combine_hash(seed, rest)));
}

}  // namespace conntrail

template <>
struct std::hash<conntrail::FourTuple> {
  std::size_t operator()(const conntrail::FourTuple& tuple) const noexcept {
    return conntrail::hash_of(tuple);
  }
};
