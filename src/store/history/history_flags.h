// The small values of a connection, packed into one integer of its row: as columns of their own they would
// cost a byte each in every row's header. The view `connection` takes them apart with the same numbers.
#pragma once

#include <cstdint>

#include "conntrail/model/connection.h"

namespace conntrail::store {

struct FlagField {
  unsigned shift;
  unsigned bits;

  [[nodiscard]] constexpr std::int64_t mask() const { return (std::int64_t{1} << bits) - 1; }
  [[nodiscard]] constexpr std::int64_t pack(std::int64_t value) const { return (value & mask()) << shift; }
  [[nodiscard]] constexpr unsigned of(std::int64_t flags) const {
    return static_cast<unsigned>((flags >> shift) & mask());
  }
};

namespace flag {
inline constexpr FlagField kState{0, 4};
inline constexpr FlagField kDirection{4, 2};
inline constexpr FlagField kClosedFirst{6, 2};
inline constexpr FlagField kOwnerSource{8, 3};
inline constexpr FlagField kEndReason{11, 4};
inline constexpr FlagField kFamily{15, 2};  // 0 unspecified, 1 inet, 2 inet6
inline constexpr FlagField kEnded{17, 1};
inline constexpr FlagField kGone{18, 1};
inline constexpr FlagField kExistedBefore{19, 1};
inline constexpr FlagField kGap{20, 1};
inline constexpr FlagField kFinSent{21, 1};
inline constexpr FlagField kFinReceived{22, 1};
inline constexpr FlagField kResetSent{23, 1};
inline constexpr FlagField kResetReceived{24, 1};
inline constexpr FlagField kTimeWait{25, 1};
// Settled in a later bucket than it was opened in, or nobody knows when it was opened: what a search for
// "lived at that time" must look at beyond the buckets of that time.
inline constexpr FlagField kSpanning{26, 1};
inline constexpr FlagField kEntryEvidence{27, 2};
inline constexpr FlagField kExitEvidence{29, 2};
inline constexpr unsigned kBits = 31;
}  // namespace flag

[[nodiscard]] std::int64_t pack_flags(const Connection& connection);
// False when a field has a number that means nothing.
[[nodiscard]] bool unpack_flags(std::int64_t flags, Connection& connection);

}  // namespace conntrail::store
