// Netlink messages built byte by byte, as the kernel would send them.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstring>
#include <vector>

namespace conntrail::test {

using Buffer = std::vector<std::byte>;

inline void append_bytes(Buffer& out, const void* data, std::size_t size) {
  const std::size_t begin = out.size();
  out.resize((begin + size + 3) & ~std::size_t{3});  // NLMSG_ALIGN, which RTA_ALIGN equals
  if (size > 0) std::memcpy(out.data() + begin, data, size);
}

inline void append_attribute(Buffer& payload, std::uint16_t type, const void* data, std::size_t size) {
  const nlattr header{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + size), .nla_type = type};
  append_bytes(payload, &header, sizeof(header));
  append_bytes(payload, data, size);
}

inline Buffer message(std::uint16_t type, const Buffer& payload, std::uint16_t flags = NLM_F_MULTI,
                      std::uint32_t sequence = 1) {
  const nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size()),
                        .nlmsg_type = type,
                        .nlmsg_flags = flags,
                        .nlmsg_seq = sequence,
                        .nlmsg_pid = 0};
  Buffer out;
  append_bytes(out, &header, sizeof(header));
  append_bytes(out, payload.data(), payload.size());
  return out;
}

// A fixed part, or the code of an end.
template <class Body>
Buffer payload_of(const Body& body) {
  Buffer out;
  append_bytes(out, &body, sizeof(body));
  return out;
}

inline Buffer operator+(Buffer left, const Buffer& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace conntrail::test
