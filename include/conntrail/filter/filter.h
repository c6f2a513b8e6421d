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
  std::function<std::optional<std::uint32_t>(std::string_view)>
      network_namespace;  // name, path or PID → inode
};

// A conjunction that every matching connection fulfils (a superset: the full expression is still evaluated
// behind it). An empty list means "any". Either end of a connection may match where no direction is said.
struct KernelCondition {
  std::vector<std::uint32_t> namespaces;
  std::vector<std::uint64_t> cgroup_ids;
  std::vector<std::uint16_t> local_ports;
  std::vector<std::uint16_t> remote_ports;
  std::vector<IpPrefix> local_prefixes;
  std::vector<IpPrefix> remote_prefixes;
  Family family = Family::unspecified;
  bool operator==(const KernelCondition&) const = default;
};

class Filter {
 public:
  Filter();  // matches everything
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // The error's text holds the expression, a caret line under the place, and what was expected there.
  [[nodiscard]] static Result<Filter> parse(std::string_view text, const Environment& environment);
  // Words as they came on a command line: joined by blanks; the error points into the joined text.
  [[nodiscard]] static Result<Filter> parse(std::span<const std::string> words,
                                            const Environment& environment);

  // `now` is what "age" counts to. `state` conditions look at the record's present state.
  [[nodiscard]] bool matches(const Connection& connection, MonoTime now) const;
  // For lines about one transition: a state condition holds when either the state left or the state entered
  // fits.
  [[nodiscard]] bool matches_transition(const Connection& connection, TcpState from, TcpState to,
                                        MonoTime now) const;

  [[nodiscard]] bool matches_everything() const;
  [[nodiscard]] bool names_states() const;  // a state condition is part of it
  [[nodiscard]] KernelCondition kernel_condition() const;

 private:
  explicit Filter(std::unique_ptr<const Expression> root);
  std::unique_ptr<const Expression> root_;
};

}  // namespace conntrail::filter
