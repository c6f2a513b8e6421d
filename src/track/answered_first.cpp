#include "answered_first.h"

#include "conntrail/base/hash.h"

namespace conntrail::track {
namespace {

// Programs start the next address 150 to 300 ms after the one before, and close the others at once when one
// is there.
constexpr Nanoseconds kNextBegins{1'000'000'000};
constexpr Nanoseconds kDroppedWithin{50'000'000};

std::uint64_t place(const Connection& c) {
  return combine_hash(kHashSeed, c.owner.pid, c.tuple.netns, c.tuple.remote.port);
}

}  // namespace

void AnsweredFirst::note(const Connection& c) {
  if (!c.owner.known() || c.direction != Direction::active || !c.opened.known()) return;
  if (answers_.empty()) answers_.resize(kSlots);
  answers_[place(c) % kSlots] = {
      c.owner.pid,  c.tuple.network_namespace(), c.tuple.remote.port, c.tuple.remote.address, c.opened,
      c.established};
}

std::optional<IpAddress> AnsweredFirst::instead_of(const Connection& dropped) const {
  if (answers_.empty() || !dropped.owner.known() || !dropped.opened.known()) return std::nullopt;
  const Answer& answer = answers_[place(dropped) % kSlots];
  const bool same_target =
      answer.pid == dropped.owner.pid && may_be_same(answer.in, dropped.tuple.network_namespace()) &&
      answer.port == dropped.tuple.remote.port && answer.address != dropped.tuple.remote.address;
  if (!same_target) return std::nullopt;
  const bool began_next = answer.opened >= dropped.opened && answer.opened - dropped.opened <= kNextBegins;
  const bool just_before =
      answer.established <= dropped.closed && dropped.closed - answer.established <= kDroppedWithin;
  if (!began_next || !just_before) return std::nullopt;
  return answer.address;
}

}  // namespace conntrail::track
