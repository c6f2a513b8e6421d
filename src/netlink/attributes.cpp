#include "conntrail/netlink/attributes.h"

#include <libmnl/libmnl.h>

namespace conntrail::netlink {

static_assert(kAlignment == MNL_ALIGNTO);

// Tables have a million attributes: only the check, which is the part to get wrong, costs a call of libmnl.
bool AttributeReader::next(Attribute& attribute) {
  const auto* header = reinterpret_cast<const nlattr*>(rest_.data());
  if (!mnl_attr_ok(header, static_cast<int>(rest_.size()))) return false;
  const std::size_t length = header->nla_len;
  attribute.type = header->nla_type & NLA_TYPE_MASK;
  attribute.value = rest_.subspan(sizeof(nlattr), length - sizeof(nlattr));
  rest_ = behind(rest_, length);
  return true;
}

}  // namespace conntrail::netlink
