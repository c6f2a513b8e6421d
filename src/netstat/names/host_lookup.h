// HostLookup: the host names of many addresses at the same time, each address once, within a limited time.
//
// Worker threads ask the name service switch as netstat does (gethostbyaddr for IPv4, getnameinfo for IPv6),
// so that /etc/hosts and whatever else the host is configured for answer the same. Where DNS is the last of
// the configured services, it is left out there, and afterwards all addresses that still have no name are
// asked of DNS at once. netstat asks for one address after the other and hangs once per address when the
// resolver is dead. Here waiting ends when no lookup has been answered for as long as the resolver's own
// time-out for one name; addresses without an answer then stay numeric.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "conntrail/base/ip_address.h"

namespace conntrail::netstat {

struct HostKey {
  IpAddress address;
  bool network = false;  // IPv4 only: its name as a network is asked for, not as a host
  bool operator==(const HostKey&) const = default;
};

struct HostKeyHash {
  std::size_t operator()(const HostKey& key) const noexcept;
};

struct HostAnswer {
  std::string name;           // empty: it has none
  bool authoritative = true;  // false: the resolver did not answer in its time
};

struct HostAnswers {
  std::vector<std::pair<HostKey, HostAnswer>> answers;
  bool complete = true;  // false: patience ran out before all had answered
};

// Looks up all addresses at the same time, on the calling thread.
using AllAtOnce = std::function<HostAnswers(std::span<const HostKey>, std::chrono::milliseconds patience)>;

class HostLookup {
 public:
  // Runs in worker threads, concurrently; one that is still running when the program ends is left behind.
  using Resolver = std::function<HostAnswer(const HostKey&)>;

  // `then` is asked for the names that `resolver` does not have; it may be empty.
  HostLookup(Resolver resolver, std::chrono::milliseconds patience, AllAtOnce then = {});
  ~HostLookup();
  HostLookup(const HostLookup&) = delete;
  HostLookup& operator=(const HostLookup&) = delete;

  // `first`: ask before those that are not marked so (a name that needs no network must not wait behind names
  // that do).
  void want(const HostKey& key, bool first = false);
  // Returns when every wanted address has its answer, or when patience runs out.
  void resolve();
  // Empty when there is no name, or none yet.
  [[nodiscard]] std::string_view name(const HostKey& key) const;

 private:
  struct Shared;
  void ask_workers();
  void take_answers();
  void take(const HostKey& key, const HostAnswer& answer);

  std::shared_ptr<Shared> shared_;
  std::chrono::milliseconds patience_;
  AllAtOnce then_;
  std::vector<HostKey> still_nameless_;                          // for `then_`
  std::unordered_map<HostKey, std::string, HostKeyHash> names_;  // every address ever wanted
};

// This host's name service, and how long its resolver may take for one name.
[[nodiscard]] HostAnswer lookup_host(const HostKey& key);
[[nodiscard]] std::chrono::milliseconds resolver_patience();
// The addresses that a file in the form of /etc/hosts has a name for.
using HostKeys = std::unordered_set<HostKey, HostKeyHash>;
[[nodiscard]] HostKeys addresses_in_hosts_file(const char* path);

}  // namespace conntrail::netstat
