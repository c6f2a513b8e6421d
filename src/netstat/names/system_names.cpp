#include "names/system_names.h"

#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <pwd.h>

#include "conntrail/base/text.h"
#include "names/dns_lookup.h"
#include "names/name_services.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestPortName = 63;  // what netstat's buffer holds

// With DNS as the last of this host's services, the C library is asked for the services before it, and DNS
// for all remaining addresses at once. Afterwards a single lookup through the C library uses no DNS.
std::unique_ptr<HostLookup> make_host_lookup() {
  const auto before = host_services_before_dns();
  AllAtOnce dns = before ? dns_all_at_once() : AllAtOnce();
  if (!before || !dns) return std::make_unique<HostLookup>(lookup_host, resolver_patience());
  if (before->empty()) {
    const auto only_networks = [](const HostKey& key) {
      return key.network ? lookup_host(key) : HostAnswer{};
    };
    return std::make_unique<HostLookup>(only_networks, resolver_patience(), std::move(dns));
  }
  if (::__nss_configure_lookup("hosts", before->c_str()) != 0) dns = {};
  return std::make_unique<HostLookup>(lookup_host, resolver_patience(), std::move(dns));
}

std::string port_name(const char* name) {
  std::string text = printable(name);
  if (text.size() > kLongestPortName) text.resize(kLongestPortName);
  return text;
}

// net-tools takes an IPv4 address whose first octet is zero for a network.
HostKey key_of(const IpAddress& address) {
  return {.address = address, .network = address.family == Family::inet && address.bytes[0] == 0};
}

}  // namespace

SystemNames::SystemNames() = default;
SystemNames::~SystemNames() = default;

void SystemNames::want_host(const IpAddress& address) {
  if (!address.is_any()) want(key_of(address));
}

void SystemNames::want_route_end(const IpAddress& address, bool network) {
  want({.address = address, .network = network});
}

void SystemNames::want(const HostKey& key) {
  if (!hosts_) {
    hosts_ = make_host_lookup();
    in_hosts_file_ = addresses_in_hosts_file("/etc/hosts");
  }
  hosts_->want(key,
               key.network || in_hosts_file_.contains(key));  // networks are hardly ever asked of a server
}

void SystemNames::resolve() {
  if (hosts_) hosts_->resolve();
}

std::string_view SystemNames::host(const IpAddress& address) {
  return hosts_ ? hosts_->name(key_of(address)) : std::string_view();
}

std::string_view SystemNames::route_end(const IpAddress& address, bool network) {
  return hosts_ ? hosts_->name({.address = address, .network = network}) : std::string_view();
}

std::string_view SystemNames::port(PortNames space, std::uint32_t port) {
  if (space == PortNames::none) return {};
  if (!ports_loaded_) load_ports();
  const PortTable& table = ports_[static_cast<std::size_t>(space)];
  const auto found = table.find(port);
  return found == table.end() ? std::string_view() : std::string_view(found->second);
}

// When a number has several names, the last one listed counts, as in net-tools.
void SystemNames::load_ports() {
  ports_loaded_ = true;
  const auto table = [this](PortNames space) -> PortTable& {
    return ports_[static_cast<std::size_t>(space)];
  };
  ::setservent(1);
  while (const servent* entry = ::getservent()) {
    const std::uint32_t number = ntohs(static_cast<std::uint16_t>(entry->s_port));
    const std::string_view protocol = entry->s_proto;
    if (protocol == "tcp") table(PortNames::tcp)[number] = port_name(entry->s_name);
    if (protocol == "udp") table(PortNames::udp)[number] = port_name(entry->s_name);
    if (protocol == "raw") table(PortNames::raw)[number] = port_name(entry->s_name);
  }
  ::endservent();
  ::setprotoent(1);
  while (const protoent* entry = ::getprotoent()) {
    const auto number = static_cast<std::uint32_t>(entry->p_proto) & 0xffffU;
    table(PortNames::raw)[number] = port_name(entry->p_name);
  }
  ::endprotoent();
}

std::string_view SystemNames::user(std::int32_t uid) {
  const auto [entry, is_new] = users_.try_emplace(uid);
  if (is_new) {
    const passwd* account = ::getpwuid(static_cast<uid_t>(uid));
    if (account != nullptr) entry->second = printable(account->pw_name);
  }
  return entry->second;
}

}  // namespace conntrail::netstat
