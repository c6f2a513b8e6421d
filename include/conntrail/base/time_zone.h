// What people call the time zone of the times of day that are printed.
#pragma once

#include <string>

namespace conntrail {

// "UTC", "CET/CEST" where there is summer time. Printable.
[[nodiscard]] std::string time_zone_name();

}  // namespace conntrail
