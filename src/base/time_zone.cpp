#include "conntrail/base/time_zone.h"

#include <ctime>

#include "conntrail/base/text.h"

namespace conntrail {

std::string time_zone_name() {
  tzset();
  std::string name = tzname[0];
  if (daylight != 0) name += std::string("/") + tzname[1];
  return printable(name);
}

}  // namespace conntrail
