#include "history/history_flags.h"

namespace conntrail::store {
namespace {

using namespace flag;

std::int64_t family_number(Family family) {
  switch (family) {
    case Family::inet:
      return 1;
    case Family::inet6:
      return 2;
    case Family::unspecified:
      break;
  }
  return 0;
}

Family family_of(unsigned number) {
  if (number == 1) return Family::inet;
  return number == 2 ? Family::inet6 : Family::unspecified;
}

// Field by enumerator: `last` is the greatest number that has a meaning.
template <class Enum>
bool take(std::int64_t flags, FlagField field, Enum last, Enum& out) {
  const unsigned number = field.of(flags);
  if (number > static_cast<unsigned>(last)) return false;
  out = static_cast<Enum>(number);
  return true;
}

bool is_set(std::int64_t flags, FlagField field) { return field.of(flags) != 0; }

}  // namespace

std::int64_t pack_flags(const Connection& c) {
  return kState.pack(static_cast<std::int64_t>(c.state)) |
         kDirection.pack(static_cast<std::int64_t>(c.direction)) |
         kClosedFirst.pack(static_cast<std::int64_t>(c.closed_first)) |
         kOwnerSource.pack(static_cast<std::int64_t>(c.owner.source)) |
         kEndReason.pack(static_cast<std::int64_t>(c.end_reason)) |
         kFamily.pack(family_number(c.tuple.family)) | kEnded.pack(c.ended) | kGone.pack(c.gone) |
         kExistedBefore.pack(c.existed_before) | kGap.pack(c.gap) | kFinSent.pack(c.fin_sent) |
         kFinReceived.pack(c.fin_received) | kResetSent.pack(c.reset_sent) |
         kResetReceived.pack(c.reset_received) | kTimeWait.pack(c.time_wait) |
         kEntryEvidence.pack(static_cast<std::int64_t>(c.time_wait_entry_evidence)) |
         kExitEvidence.pack(static_cast<std::int64_t>(c.time_wait_exit_evidence));
}

bool unpack_flags(std::int64_t flags, Connection& c) {
  if (flags < 0 || flags >> kBits != 0 || kFamily.of(flags) > 2) return false;
  c.tuple.family = family_of(kFamily.of(flags));
  c.ended = is_set(flags, kEnded);
  c.gone = is_set(flags, kGone);
  c.existed_before = is_set(flags, kExistedBefore);
  c.gap = is_set(flags, kGap);
  c.fin_sent = is_set(flags, kFinSent);
  c.fin_received = is_set(flags, kFinReceived);
  c.reset_sent = is_set(flags, kResetSent);
  c.reset_received = is_set(flags, kResetReceived);
  c.time_wait = is_set(flags, kTimeWait);
  return take(flags, kState, TcpState::closing, c.state) &&
         take(flags, kDirection, Direction::passive, c.direction) &&
         take(flags, kClosedFirst, ClosedFirst::both, c.closed_first) &&
         take(flags, kOwnerSource, OwnerSource::close, c.owner.source) &&
         take(flags, kEndReason, EndReason::killed, c.end_reason) &&
         take(flags, kEntryEvidence, Evidence::confirmed, c.time_wait_entry_evidence) &&
         take(flags, kExitEvidence, Evidence::confirmed, c.time_wait_exit_evidence);
}

}  // namespace conntrail::store
