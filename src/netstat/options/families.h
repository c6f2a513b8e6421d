// Address families as netstat names them on its command line (-A, -4, -6, -x, --inet, …).
#pragma once

#include <string>
#include <string_view>

namespace conntrail::netstat {

// Which families were asked for, and in what order they were named.
struct Families {
  bool inet = false;
  bool inet6 = false;
  bool unix_domain = false;
  bool ipx = false;
  bool ax25 = false;
  bool x25 = false;
  bool netrom = false;
  bool rose = false;
  bool bluetooth = false;
  std::string names;  // canonical names joined by commas: "inet,ddp"; routes and statistics go by it

  // Adds a comma list of names or aliases. False: a name is unknown; those before it count. `message` is for
  // stderr (also when true is returned: a list that is too long is reported but is not an error).
  [[nodiscard]] bool add(std::string_view list, std::string& message);
};

}  // namespace conntrail::netstat
