#include "history/history_flags.h"

#include <array>
#include <utility>

#include "history/column_codec.h"

namespace conntrail::store {
namespace {

using namespace flag;

// A small value of a connection and its place in the flags, for both directions.
struct FlagMember {
  FlagField field;
  unsigned last;  // the greatest number that has a meaning
  unsigned (*get)(const Connection& connection);
  void (*set)(Connection& connection, unsigned number);
};

template <auto... Path>
unsigned get(const Connection& c) {
  return static_cast<unsigned>(follow<Path...>(c));
}
template <auto... Path>
void set(Connection& c, unsigned number) {
  auto& member = follow<Path...>(c);
  member = static_cast<std::remove_reference_t<decltype(member)>>(number);
}

template <auto... Path>
consteval FlagMember yes_or_no(FlagField field) {
  return {field, 1, &get<Path...>, &set<Path...>};
}
template <auto... Path>
consteval FlagMember one_of(FlagField field, auto last) {
  return {field, static_cast<unsigned>(last), &get<Path...>, &set<Path...>};
}

unsigned get_family(const Connection& c) {
  switch (c.tuple.family) {
    case Family::inet:
      return 1;
    case Family::inet6:
      return 2;
    case Family::unspecified:
      break;
  }
  return 0;
}
void set_family(Connection& c, unsigned number) {
  constexpr std::array kFamilies{Family::unspecified, Family::inet, Family::inet6};
  c.tuple.family = kFamilies[number];
}

constexpr std::array kMembers{
    one_of<&Connection::state>(kState, TcpState::closing),
    one_of<&Connection::direction>(kDirection, Direction::passive),
    one_of<&Connection::closed_first>(kClosedFirst, ClosedFirst::both),
    one_of<&Connection::owner, &Owner::source>(kOwnerSource, OwnerSource::close),
    one_of<&Connection::end_reason>(kEndReason, kLastEndReason),
    FlagMember{kFamily, 2, &get_family, &set_family},
    yes_or_no<&Connection::ended>(kEnded),
    yes_or_no<&Connection::gone>(kGone),
    yes_or_no<&Connection::existed_before>(kExistedBefore),
    yes_or_no<&Connection::gap>(kGap),
    yes_or_no<&Connection::fin_sent>(kFinSent),
    yes_or_no<&Connection::fin_received>(kFinReceived),
    yes_or_no<&Connection::reset_sent>(kResetSent),
    yes_or_no<&Connection::reset_received>(kResetReceived),
    yes_or_no<&Connection::time_wait>(kTimeWait),
    one_of<&Connection::time_wait_entry_evidence>(kEntryEvidence, Evidence::confirmed),
    one_of<&Connection::time_wait_exit_evidence>(kExitEvidence, Evidence::confirmed),
};

// With the members of the table and `spanning`, which is the row's own, every bit has one meaning.
constexpr bool covers_every_bit_once() {
  std::int64_t covered = kSpanning.pack(kSpanning.mask());
  for (const FlagMember& member : kMembers) {
    const std::int64_t bits = member.field.pack(member.field.mask());
    if ((covered & bits) != 0 || member.last > static_cast<unsigned>(member.field.mask())) return false;
    covered |= bits;
  }
  return covered == (std::int64_t{1} << kBits) - 1;
}
static_assert(covers_every_bit_once(),
              "a flag of history_flags.h is not in kMembers, overlaps another one "
              "or is too small for its values");

template <std::size_t... Index>
std::int64_t pack(const Connection& c, std::index_sequence<Index...> /*members*/) {
  return (kMembers[Index].field.pack(kMembers[Index].get(c)) | ...);
}

}  // namespace

std::int64_t pack_flags(const Connection& c) { return pack(c, std::make_index_sequence<kMembers.size()>()); }

bool unpack_flags(std::int64_t flags, Connection& c) {
  if (flags < 0 || flags >> kBits != 0) return false;
  for (const FlagMember& member : kMembers) {
    const unsigned number = member.field.of(flags);
    if (number > member.last) return false;
    member.set(c, number);
  }
  return true;
}

}  // namespace conntrail::store
