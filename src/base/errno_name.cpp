#include "conntrail/base/errno_name.h"

#include <cstring>  // strerrorname_np is a GNU extension (glibc 2.32)

namespace conntrail {

std::string errno_name(int error) {
  if (error == 0) return {};
  const char* name = strerrorname_np(error);
  return name != nullptr ? std::string(name) : "E" + std::to_string(error);
}

}  // namespace conntrail
