// The format: the version, the number of groups (varint), then for each group
//   the bytes it shares with the value before (varint), the number of other bytes (varint), those bytes,
//   a byte that says which of the counts follow, and the counts as varints.
#include "history/tables/packed_groups.h"

#include <algorithm>
#include <string>
#include <vector>

namespace conntrail::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLongestValue = 255;

// A count that is missing is 0; `durations` is as large as `connections` then, as it mostly is.
enum Present : std::uint8_t {
  kFailed = 1,
  kBytesSent = 2,
  kBytesReceived = 4,
  kRetransmits = 8,
  kDuration = 16,
  kDurations = 32,
};

std::uint8_t present_in(const Group& group) {
  const auto bit = [](bool set, Present which) { return static_cast<std::uint8_t>(set ? which : 0); };
  return bit(group.failed != 0, kFailed) | bit(group.bytes_sent != 0, kBytesSent) |
         bit(group.bytes_received != 0, kBytesReceived) | bit(group.retransmits != 0, kRetransmits) |
         bit(group.duration_sum.count() != 0, kDuration) |
         bit(group.durations != group.connections, kDurations);
}

void write_counts(ByteWriter& out, const Group& group) {
  const std::uint8_t present = present_in(group);
  out.u8(present);
  out.varint(group.connections);
  if (present & kFailed) out.varint(group.failed);
  if (present & kBytesSent) out.varint(group.bytes_sent);
  if (present & kBytesReceived) out.varint(group.bytes_received);
  if (present & kRetransmits) out.varint(group.retransmits);
  if (present & kDuration) out.signed_varint(group.duration_sum.count());
  if (present & kDurations) out.varint(group.durations);
}

Group read_counts(ByteReader& in) {
  Group group;
  const std::uint8_t present = in.u8();
  group.connections = in.varint();
  if (present & kFailed) group.failed = in.varint();
  if (present & kBytesSent) group.bytes_sent = in.varint();
  if (present & kBytesReceived) group.bytes_received = in.varint();
  if (present & kRetransmits) group.retransmits = in.varint();
  if (present & kDuration) group.duration_sum = Nanoseconds(in.signed_varint());
  group.durations = present & kDurations ? in.varint() : group.connections;
  return group;
}

// Walks through the groups; `visit` gets each value and its counts and may end the walk with false.
template <class Visit>
bool walk(ByteView packed, const Visit& visit) {
  ByteReader in(packed);
  if (in.u8() != kVersion) return false;
  std::string value;
  for (std::uint64_t left = in.varint(); left > 0; --left) {
    const std::size_t shared = in.number<std::size_t>(value.size());
    const ByteView more = in.bytes(in.number<std::size_t>(kLongestValue));
    const Group counts = read_counts(in);
    if (!in.good()) return false;
    value.resize(shared);
    value.append(reinterpret_cast<const char*>(more.data()), more.size());
    if (!visit(value, counts)) return true;
  }
  return in.good() && in.left() == 0;
}

}  // namespace

ByteWriter pack_groups(const Groups& groups) {
  std::vector<const Groups::value_type*> order;
  order.reserve(groups.size());
  for (const auto& entry : groups) {
    if (entry.second.connections != 0) order.push_back(&entry);
  }
  std::ranges::sort(order, {},
                    [](const Groups::value_type* entry) -> const std::string& { return entry->first; });
  ByteWriter out;
  out.u8(kVersion);
  out.varint(order.size());
  std::string_view before;
  for (const auto* const entry : order) {
    const std::string_view value = entry->first;
    const auto shared = static_cast<std::size_t>(std::ranges::mismatch(before, value).in1 - before.begin());
    out.varint(shared);
    out.text(value.substr(shared));
    write_counts(out, entry->second);
    before = value;
  }
  return out;
}

bool unpack_groups(ByteView packed, Groups& groups) {
  return walk(packed, [&](const std::string& value, const Group& counts) {
    add_to(groups[value], counts);
    return true;
  });
}

bool packed_may_have(ByteView packed, std::string_view value) {
  bool found = false;
  const bool whole = walk(packed, [&](const std::string& one, const Group&) {
    found = one == value;
    return one < value;
  });
  return found || !whole;
}

}  // namespace conntrail::store
