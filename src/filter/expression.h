// The syntax tree of a filter, in negation normal form: "not" stands only at terms, where it costs nothing
// and where the kernel's condition can use it. A value; no node points at another.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/ip_address.h"
#include "conntrail/model/connection.h"
#include "glob.h"
#include "token.h"

namespace conntrail::filter {

enum class Side : std::uint8_t { local, remote, either };

// A set of states: bit n is TcpState n. Its negation is its complement, so it is never `negated`.
struct StateTerm {
  std::uint16_t mask = 0;
};
inline constexpr std::uint16_t kEveryState = (1U << kTcpStateCount) - 1;

// The port lies in [low, high]; empty when low > high.
struct PortTerm {
  Side side = Side::either;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
};

struct AddressTerm {
  Side side = Side::either;
  IpPrefix prefix;
};

struct FamilyTerm {
  Family family = Family::unspecified;
};

struct NamespaceTerm {
  NamespaceId id;
};

struct CgroupTerm {
  std::uint64_t id = 0;
};

enum class NumberField : std::uint8_t { pid, owner_pid, uid, retransmits, receive_queue, send_queue };

// `comparison` is never not_equal: that is a negated equal.
struct NumberTerm {
  NumberField field = NumberField::pid;
  Comparison comparison = Comparison::equal;
  std::uint64_t value = 0;
};

enum class DurationField : std::uint8_t { age, duration };

struct DurationTerm {
  DurationField field = DurationField::age;
  Comparison comparison = Comparison::greater;
  Nanoseconds value{0};
};

// A process name; of the owner only, or of any process that has the connection open.
struct NameTerm {
  bool owner_only = false;
  Glob name;
};

struct OwnerKnownTerm {};

// It ended, and not as it should.
struct FailedTerm {};

// The owner's command line.
struct TitleTerm {
  Glob title;
};

// Anything the record names with one of a few words; the alternative's type says which.
struct WordTerm {
  std::variant<OwnerSource, Direction, EndReason, ClosedFirst> value;
};

using Term = std::variant<StateTerm, PortTerm, AddressTerm, FamilyTerm, NamespaceTerm, CgroupTerm, NumberTerm,
                          DurationTerm, NameTerm, OwnerKnownTerm, FailedTerm, TitleTerm, WordTerm>;

class Expression {
 public:
  enum class Kind : std::uint8_t { all_of, any_of, term };  // all_of nothing is true, any_of nothing is false

  [[nodiscard]] static Expression of(Term term);
  [[nodiscard]] static Expression all_of(std::vector<Expression> children);
  [[nodiscard]] static Expression any_of(std::vector<Expression> children);
  [[nodiscard]] Expression negation() &&;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool negated() const { return negated_; }
  [[nodiscard]] const Term& term() const { return term_; }
  [[nodiscard]] const std::vector<Expression>& children() const { return children_; }

 private:
  Expression(Kind kind, std::vector<Expression> children) : kind_(kind), children_(std::move(children)) {}

  Kind kind_ = Kind::all_of;
  bool negated_ = false;  // of `term_`
  Term term_;
  std::vector<Expression> children_;
};

}  // namespace conntrail::filter
