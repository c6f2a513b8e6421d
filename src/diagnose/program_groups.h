// ProgramGroups: which processes are one program: those of one name that serve a port together (workers), or
// that are clients. Two services that only share their interpreter's name are two programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "conntrail/model/connection.h"

namespace conntrail::diagnose {

class ProgramGroups {
 public:
  // `serves`: this side accepted it.
  void add(const Connection& connection, bool serves);
  // Of a connection that was added, when all were.
  [[nodiscard]] std::size_t group_of(const Connection& connection);

 private:
  using Process = std::pair<std::string_view, std::uint32_t>;  // comm, pid
  using Service =
      std::tuple<std::string_view, std::uint32_t, bool, std::uint16_t>;  // comm, netns, serves, port

  [[nodiscard]] std::size_t root(std::size_t group);

  std::vector<std::size_t> parents_;
  std::map<Process, std::size_t> by_process_;
  std::map<Service, std::size_t> by_service_;
};

}  // namespace conntrail::diagnose
