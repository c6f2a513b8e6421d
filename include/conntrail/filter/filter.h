// The filter language: ss's grammar, extended; evaluated on connection records and on snapshot rows, and
// turned into the widest condition that the kernel side can check. docs/filters.md has the grammar.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/ip_address.h"
#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"

namespace conntrail::filter {

class Expression;  // the syntax tree; see src/filter/

// What a filter may need that a pure function cannot look up; the command fills in what its host offers.
struct Environment {
  std::function<std::optional<std::uint16_t>(std::string_view)> service_port;  // "https" → 443
  std::function<std::optional<std::uint32_t>(std::string_view)> user_id;       // "www-data" → 33
  std::function<std::optional<std::uint64_t>(std::string_view)>
      cgroup_id;  // path below the cgroup2 mount → inode
  std::function<std::optional<NamespaceId>(std::string_view)> network_namespace;  // of a name, path or PID
};

// A conjunction that every matching connection fulfils (a superset: the full expression is still evaluated
// behind it). An empty list means "any". No list has more than 16 entries; a longer one is left out.
//
// A checker must let through what it does not know yet, because a record's tuple is completed later: port 0,
// an "any" address, family unspecified, namespace 0. A v4 prefix also holds the v4-mapped form of
// its addresses, and says nothing of the family. A checker may leave out any of the fields.
struct KernelCondition {
  std::vector<NamespaceId> namespaces;
  std::vector<std::uint16_t> local_ports;
  std::vector<std::uint16_t> remote_ports;
  std::vector<std::uint16_t> either_ports;  // at least one end has one of these
  std::vector<IpPrefix> local_prefixes;
  std::vector<IpPrefix> remote_prefixes;
  std::vector<IpPrefix> either_prefixes;  // at least one end lies in one of these
  Family family = Family::unspecified;
  bool operator==(const KernelCondition&) const = default;

  // The answer of a checker that uses every field: the model for the kernel's code and for tests.
  [[nodiscard]] bool admits(const FourTuple& tuple) const;
};

class Filter {
 public:
  Filter();  // matches everything
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // An error is of kind `usage`. Its `why` has lines: the problem; the expression (printable, long ones cut);
  // a caret under the place; what was expected there. Its `hint` says what to write instead, where that can
  // be guessed. At most 32768 bytes and 100 nested parentheses.
  [[nodiscard]] static Result<Filter> parse(std::string_view text, const Environment& environment);
  // Words as they came on a command line: joined by blanks; the error points into the joined text.
  [[nodiscard]] static Result<Filter> parse(std::span<const std::string> words,
                                            const Environment& environment);

  // `now` is what "age" counts to. `state` conditions look at the record's present state. Neither this nor
  // matches_transition() allocates.
  [[nodiscard]] bool matches(const Connection& connection, MonoTime now) const;
  // For lines about one transition: a state condition holds when either the state left or the state entered
  // fits.
  [[nodiscard]] bool matches_transition(const Connection& connection, TcpState from, TcpState to,
                                        MonoTime now) const;

  [[nodiscard]] bool matches_everything() const;
  // It is about this state and a few others at most: "state time-wait", not "state connected" or "exclude
  // listen".
  [[nodiscard]] bool names_state(TcpState state) const;
  // It asks for command lines, which records have only where somebody reads them.
  [[nodiscard]] bool asks_for_titles() const;
  [[nodiscard]] KernelCondition kernel_condition() const;

 private:
  explicit Filter(std::unique_ptr<const Expression> root);
  std::unique_ptr<const Expression> root_;
};

}  // namespace conntrail::filter
