#include "conntrail/netlink/attributes.h"

#include <libmnl/libmnl.h>

namespace conntrail::netlink {

bool AttributeReader::next(Attribute& attribute) {
  const auto* header = reinterpret_cast<const nlattr*>(rest_.data());
  if (!mnl_attr_ok(header, static_cast<int>(rest_.size()))) return false;
  attribute.type = mnl_attr_get_type(header);
  attribute.value = {static_cast<const std::byte*>(mnl_attr_get_payload(header)),
                     mnl_attr_get_payload_len(header)};
  rest_ = behind(rest_, mnl_attr_get_len(header));
  return true;
}

Bytes behind(Bytes payload, std::size_t length) {
  constexpr std::size_t kAlignment = MNL_ALIGNTO;
  const std::size_t padded = (length + kAlignment - 1) / kAlignment * kAlignment;
  return payload.subspan(std::min(padded, payload.size()));  // the last one need not be padded
}

}  // namespace conntrail::netlink
