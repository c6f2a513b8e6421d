#include "names/dns_answer.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <strings.h>

#include <algorithm>
#include <array>

namespace conntrail::netstat {

namespace {

std::string reverse_v4(std::span<const std::uint8_t> octets) {
  std::string name;
  for (std::size_t i = 4; i-- > 0;) name.append(std::to_string(octets[i])).append(".");
  return name += "in-addr.arpa";
}

std::string reverse_v6(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    name.append({kDigits[bytes[i] & 0xfU], '.', kDigits[bytes[i] >> 4U], '.'});
  }
  return name += "ip6.arpa";
}

// The name that a record's data begins with.
std::optional<std::string> name_in_record(const ns_msg& message, const ns_rr& record) {
  std::array<char, NS_MAXDNAME> name{};
  const int length = ::dn_expand(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), name.data(),
                                 static_cast<int>(name.size()));
  if (length < 0) return std::nullopt;
  // The root's name is empty for dn_expand; what a user is shown is a dot.
  return name.front() == '\0' ? std::string(".") : std::string(name.data());
}

}  // namespace

std::string reverse_name(const HostKey& key) {
  const std::span<const std::uint8_t> bytes(key.address.bytes);
  if (key.address.family != Family::inet6) return reverse_v4(bytes.first(4));
  const bool compatible = std::ranges::all_of(bytes.first(12), [](std::uint8_t byte) { return byte == 0; });
  return compatible || key.address.is_v4_mapped() ? reverse_v4(bytes.last(4)) : reverse_v6(bytes);
}

std::optional<std::string> name_in_reply(std::span<const unsigned char> reply, const std::string& question) {
  ns_msg message{};
  if (::ns_initparse(reply.data(), static_cast<int>(reply.size()), &message) != 0) return std::nullopt;
  std::string wanted = question;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record{};
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0) return std::nullopt;
    if (ns_rr_class(record) != ns_c_in) continue;
    if (ns_rr_type(record) == ns_t_cname) {
      auto alias = name_in_record(message, record);
      if (!alias || ::res_dnok(alias->c_str()) == 0) return std::nullopt;
      wanted = std::move(*alias);
      continue;
    }
    if (ns_rr_type(record) != ns_t_ptr || ::strcasecmp(ns_rr_name(record), wanted.c_str()) != 0) continue;
    auto name = name_in_record(message, record);
    if (!name || ::res_hnok(name->c_str()) == 0) return std::nullopt;
    return name;
  }
  return std::nullopt;
}

}  // namespace conntrail::netstat
