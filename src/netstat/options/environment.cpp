#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>

#include "options/options.h"

namespace conntrail::netstat {

namespace {

// As libselinux's is_selinux_enabled() decides: its file system is mounted and the host has a configuration.
bool selinux_enabled() {
  struct statfs fs {};
  if (::statfs("/sys/fs/selinux", &fs) != 0 || fs.f_type != SELINUX_MAGIC) return false;
  return ::access("/etc/selinux/config", F_OK) == 0;
}

}  // namespace

ParseEnvironment detect_environment() {
  return {.posixly_correct = std::getenv("POSIXLY_CORRECT") != nullptr, .selinux = selinux_enabled()};
}

}  // namespace conntrail::netstat
