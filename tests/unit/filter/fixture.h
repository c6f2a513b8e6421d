// What the filter tests share: an Environment with fixed answers, a connection to ask about, and short verbs.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "conntrail/filter/filter.h"

namespace conntrail::filter::test {

inline constexpr MonoTime kNow{1'000'000'000'000};  // 1000 s after the boot

inline Environment environment() {
  Environment environment;
  environment.service_port = [](std::string_view name) -> std::optional<std::uint16_t> {
    if (name == "https") return std::uint16_t{443};
    if (name == "ssh") return std::uint16_t{22};
    return std::nullopt;
  };
  environment.user_id = [](std::string_view name) -> std::optional<std::uint32_t> {
    if (name == "www-data") return 33U;
    return std::nullopt;
  };
  environment.cgroup_id = [](std::string_view path) -> std::optional<std::uint64_t> {
    if (path == "/system.slice/nginx.service") return 4242U;
    return std::nullopt;
  };
  environment.network_namespace = [](std::string_view name) -> std::optional<NamespaceId> {
    if (name == "blue" || name == "812") return NamespaceId{.inode = 4026532001U, .cookie = 7001};
    return std::nullopt;
  };
  return environment;
}

inline Endpoint endpoint(std::string_view address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}

// nginx/812 (uid 33) accepted 10.1.2.3:50000 on 192.168.0.1:443, 20 s ago; ESTABLISHED for 15 s.
inline Connection web() {
  Connection c;
  c.tuple = {4026531840U, Family::inet, endpoint("192.168.0.1", 443), endpoint("10.1.2.3", 50000)};
  c.state = TcpState::established;
  c.direction = Direction::passive;
  c.owner = {812, 33, 4242, "nginx", OwnerSource::accept, true};
  c.holders = {{812, 7, "nginx"}, {813, 9, "helper"}};
  c.opened = kNow - std::chrono::seconds(20);
  c.state_since = kNow - std::chrono::seconds(15);
  c.retransmits = 3;
  return c;
}

inline Filter parsed(std::string_view text) {
  auto filter = Filter::parse(text, environment());
  EXPECT_TRUE(filter.has_value()) << text << "\n" << (filter ? "" : format_error(filter.error()));
  return filter ? *std::move(filter) : Filter();
}

inline bool holds(std::string_view text, const Connection& connection = web()) {
  return parsed(text).matches(connection, kNow);
}

// The whole error text, "" when the filter was read.
inline std::string error_of(std::string_view text, const Environment& in = environment()) {
  const auto filter = Filter::parse(text, in);
  return filter ? std::string() : format_error(filter.error());
}

}  // namespace conntrail::filter::test
