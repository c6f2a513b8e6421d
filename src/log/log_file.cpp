#include "log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace conntrail::log {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr const char* kOther = "name another file with --log-file";

}  // namespace

Result<void> LogFile::open() {
  const std::string what = "cannot write the log " + path_;
  // Without O_NONBLOCK a pipe that nobody reads would keep the program waiting here.
  UniqueFd file(::open(path_.c_str(),
                       O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                       kPrivate));
  if (!file && errno == ELOOP) return fail(what, "it is a symbolic link", kOther);
  if (!file) return fail_errno(what, errno, kOther);
  if (fstat(file.get(), &opened_) != 0) return fail_errno(what, errno, kOther);
  if (!S_ISREG(opened_.st_mode)) return fail(what, "it is not a regular file", kOther);
  file_ = std::move(file);
  return {};
}

std::size_t LogFile::take(std::string_view text) {
  if (held_back_) return 0;
  std::size_t done = 0;
  while (done < text.size()) {
    // What waited on a full disk may be more than one file holds.
    const std::string_view rest = text.substr(done);
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    if (!ready_for(line.size())) return done;
    const ssize_t written = ::write(file_.get(), line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return done;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

bool LogFile::ready_for(std::size_t bytes) {
  struct stat named {};
  if (!file_ || lstat(path_.c_str(), &named) != 0 || named.st_dev != opened_.st_dev ||
      named.st_ino != opened_.st_ino) {
    if (!open()) return false;
    named = opened_;
  }
  const auto size = static_cast<std::uint64_t>(named.st_size);
  if (size == 0 || size + bytes <= limits_.bytes) return true;
  return rotate() && open().has_value();
}

// Whatever hinders it, the bound holds: lines wait then, and are counted when there are too many.
bool LogFile::rotate() {
  file_.reset();
  for (int number = limits_.old_files; number > 0; --number) {
    const std::string younger = number == 1 ? path_ : path_ + "." + std::to_string(number - 1);
    const std::string older = path_ + "." + std::to_string(number);
    if (std::rename(younger.c_str(), older.c_str()) != 0 && errno != ENOENT) return false;
  }
  return true;
}

}  // namespace conntrail::log
