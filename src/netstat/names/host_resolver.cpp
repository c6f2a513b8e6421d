// The name service of this host, asked as net-tools asks it.
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "conntrail/base/text.h"
#include "names/host_lookup.h"
#include "proc/proc_lines.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kFirstBuffer = 2048;
constexpr std::size_t kLargestBuffer = std::size_t{256} * 1024;

// Runs one of the NSS functions that take a buffer, with a larger one as long as it says ERANGE. False: it
// failed.
template <class Call>
bool with_buffer(const Call& call) {
  std::vector<char> buffer(kFirstBuffer);
  while (true) {
    const int error = call(buffer.data(), buffer.size());
    if (error != ERANGE || buffer.size() >= kLargestBuffer) return error == 0;
    buffer.resize(buffer.size() * 2);
  }
}

HostAnswer lookup_v4(const IpAddress& address) {
  HostAnswer answer;
  int h_error = 0;
  with_buffer([&](char* buffer, std::size_t size) {
    hostent entry{};
    hostent* found = nullptr;
    const int error =
        ::gethostbyaddr_r(address.bytes.data(), 4, AF_INET, &entry, buffer, size, &found, &h_error);
    if (found != nullptr && found->h_name != nullptr) answer.name = found->h_name;
    return error;
  });
  answer.authoritative = !answer.name.empty() || h_error != TRY_AGAIN;
  return answer;
}

HostAnswer lookup_net(const IpAddress& address) {
  HostAnswer answer;
  int h_error = 0;
  std::uint32_t net = 0;
  std::memcpy(&net, address.bytes.data(), sizeof net);
  with_buffer([&](char* buffer, std::size_t size) {
    netent entry{};
    netent* found = nullptr;
    const int error = ::getnetbyaddr_r(ntohl(net), AF_INET, &entry, buffer, size, &found, &h_error);
    if (found != nullptr && found->n_name != nullptr) answer.name = found->n_name;
    return error;
  });
  answer.authoritative = !answer.name.empty() || h_error != TRY_AGAIN;
  return answer;
}

HostAnswer lookup_v6(const IpAddress& address) {
  sockaddr_in6 socket_address{};
  socket_address.sin6_family = AF_INET6;
  std::memcpy(&socket_address.sin6_addr, address.bytes.data(), address.bytes.size());
  sockaddr generic_space[2];
  static_assert(sizeof generic_space >= sizeof socket_address);
  std::memcpy(generic_space, &socket_address, sizeof socket_address);
  char name[NI_MAXHOST];
  const int error =
      ::getnameinfo(generic_space, sizeof socket_address, name, sizeof name, nullptr, 0, NI_NAMEREQD);
  HostAnswer answer;
  if (error == 0) answer.name = name;
  answer.authoritative = error != EAI_AGAIN;
  return answer;
}

}  // namespace

HostAnswer lookup_host(const HostKey& key) {
  if (key.address.family == Family::inet6) return lookup_v6(key.address);
  return key.network ? lookup_net(key.address) : lookup_v4(key.address);
}

std::chrono::milliseconds resolver_patience() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  static constexpr milliseconds kSlack{500};  // the resolver gives up by itself just before
  static constexpr seconds kLongest{30};
  struct __res_state state {};
  if (::res_ninit(&state) != 0) return seconds(10);
  const int servers = std::max(1, state.nscount);
  const seconds one_name(static_cast<long>(state.retrans) * state.retry * servers);
  ::res_nclose(&state);
  return std::min<milliseconds>(one_name + kSlack, kLongest);
}

HostKeys addresses_in_hosts_file(const char* path) {
  HostKeys keys;
  auto lines = ProcLines::open(path);
  if (!lines) return keys;
  std::string_view line;
  while (lines->next(line)) {
    const auto words = split_words(line.substr(0, line.find_first_of("#\n")));
    if (words.size() < 2) continue;
    const auto address = IpAddress::parse(words[0]);
    if (!address) continue;
    keys.insert({.address = *address});
    if (address->family == Family::inet) {
      // A v4-mapped address is looked up as the IPv4 one in it.
      const auto& b = address->bytes;
      keys.insert(
          {.address = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, b[0], b[1], b[2], b[3]})});
    }
  }
  return keys;
}

}  // namespace conntrail::netstat
