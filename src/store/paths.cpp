// What decides on this host where a history is kept and which boot it is from.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "conntrail/base/text.h"
#include "conntrail/store/history.h"

namespace conntrail::store {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : std::string();
}

}  // namespace

std::string default_history_path() {
  constexpr const char* kFile = "/conntrail/history.db";
  if (geteuid() == 0) return std::string("/var/lib") + kFile;
  std::string state = environment("XDG_STATE_HOME");
  if (state.empty()) state = environment("HOME") + "/.local/state";
  return state + kFile;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(file, line);
  return std::string(trim(line));
}

}  // namespace conntrail::store
