// Lines of /proc/net/igmp and /proc/net/igmp6: which multicast groups each interface has joined. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/ip_address.h"
#include "names/names.h"

namespace conntrail::netstat {

struct GroupRow {
  std::string device;
  std::int32_t references = 0;
  IpAddress group;
};

// Takes the lines of the two files one after the other. A new reader is needed for each round.
class GroupReader {
 public:
  // `number` counts from 0 in each file. A bogus line answers its warning; otherwise the answer is empty.
  [[nodiscard]] std::string take(std::string_view line, int number);
  [[nodiscard]] const std::vector<GroupRow>& rows() const { return rows_; }

 private:
  [[nodiscard]] bool take_v6(std::string_view line);
  [[nodiscard]] bool take_device(std::string_view line);
  [[nodiscard]] bool take_v4_group(std::string_view line);

  bool v6_ = false;        // igmp6 has no title line
  bool numbered_ = false;  // device lines begin with their index
  std::string device_;
  std::vector<GroupRow> rows_;
};

void append_group_row(std::string& out, const GroupRow& row, bool numeric_hosts, Names& names);

}  // namespace conntrail::netstat
