#include "history/write/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

#include "conntrail/base/text.h"

namespace conntrail::store {
namespace {

// The process id the holder has written; empty while it has not yet.
std::string holder_of(int file) {
  std::array<char, 16> text{};
  const ssize_t length = pread(file, text.data(), text.size(), 0);
  if (length <= 0) return {};
  const std::string_view number = trim({text.data(), static_cast<std::size_t>(length)});
  return parse_number<std::uint32_t>(number) ? std::string(number) : std::string();
}

}  // namespace

Result<WriterLock> WriterLock::acquire(const std::string& database_path) {
  const std::string path = database_path + ".lock";
  UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return fail_errno("cannot open " + path, errno, "name another file with --db");
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("cannot lock " + path, errno);
    const std::string holder = holder_of(file.get());
    return fail("cannot record into " + database_path,
                holder.empty() ? "another recorder does" : "process " + holder + " does already",
                "end that one, or name another file with --db");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(file.get(), 0) != 0 || pwrite(file.get(), pid.data(), pid.size(), 0) < 0) {
    // Without the number the message to a second recorder is poorer; a full disk must not stop this one here.
  }
  return WriterLock(std::move(file));
}

}  // namespace conntrail::store
