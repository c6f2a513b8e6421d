#include "proc_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <utility>
#include <vector>

#include "check.h"

namespace conntrail::fuzz {

namespace {

std::vector<std::pair<std::string_view, std::string_view>>& files() {
  static std::vector<std::pair<std::string_view, std::string_view>> all;
  return all;
}

int open_text(std::string_view text) {
  const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  require(fd >= 0, "memfd_create");
  require(::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "pwrite");
  return fd;
}

}  // namespace

void clear_proc_files() { files().clear(); }

void put_proc_file(std::string_view path, std::string_view text) { files().emplace_back(path, text); }

Captured::Captured() : fd_(::memfd_create("captured", MFD_CLOEXEC)) { require(fd_ >= 0, "memfd_create"); }

void Captured::clear() {
  require(::ftruncate(fd_, 0) == 0 && ::lseek(fd_, 0, SEEK_SET) == 0, "cannot empty a file in memory");
}

std::string Captured::text() const {
  const off_t size = ::lseek(fd_, 0, SEEK_CUR);
  std::string text(static_cast<std::size_t>(size), '\0');
  require(::pread(fd_, text.data(), text.size(), 0) == size, "cannot read a file in memory");
  return text;
}

}  // namespace conntrail::fuzz

// The linker's --wrap=open: calls of open() come here, and the real one is __real_open().
extern "C" {
int __real_open(const char* path, int flags, ...);  // NOLINT(bugprone-reserved-identifier)

int __wrap_open(const char* path, int flags, ...) {  // NOLINT(bugprone-reserved-identifier)
  for (const auto& [name, text] : conntrail::fuzz::files()) {
    if (name == path) return conntrail::fuzz::open_text(text);
  }
  if (std::string_view(path).starts_with("/proc/net/")) {
    errno = ENOENT;
    return -1;
  }
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return __real_open(path, flags, mode);
}
}
