#include "time_namespace.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "conntrail/base/text.h"
#include "local_time.h"

namespace conntrail {
namespace {

ino_t inode_of(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::optional<std::int64_t> monotonic_shift_in(std::string_view timens_offsets) {
  for (const std::string_view line : split(timens_offsets, '\n')) {
    const auto words = split_words(line);
    if (words.size() != 3 || words[0] != "monotonic") continue;
    const bool negative =
        words[1].starts_with('-');  // the seconds only: the nanoseconds always count forward
    const auto seconds = parse_number<std::int64_t>(words[1].substr(negative ? 1 : 0));
    const auto ns = parse_number<std::int64_t>(words[2]);
    if (!seconds || !ns) return std::nullopt;
    return (negative ? -*seconds : *seconds) * kNsPerSecond + *ns;
  }
  return std::nullopt;
}

std::int64_t time_namespace_shift() {
  constexpr ino_t kInitial = 0xEFFFFFFA;  // PROC_TIME_INIT_INO (linux/proc_ns.h)
  const ino_t own = inode_of("/proc/self/ns/time");
  // The file tells of the namespace that children will be in. They differ only between unshare() and exec().
  if (own == 0 || own == kInitial || own != inode_of("/proc/self/ns/time_for_children")) return 0;
  std::ifstream file("/proc/self/timens_offsets");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return monotonic_shift_in(text).value_or(0);
}

}  // namespace conntrail
