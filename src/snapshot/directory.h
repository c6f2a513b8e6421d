// A directory read entry by entry, closed when it goes.
#pragma once

#include <dirent.h>
#include <fcntl.h>

#include <memory>
#include <string_view>

#include "conntrail/base/unique_fd.h"

namespace conntrail::snapshot {

class Directory {
 public:
  // `path` relative to `at` (AT_FDCWD for the working directory). Not open on failure; errno tells why.
  explicit Directory(const char* path, int at = AT_FDCWD) {
    UniqueFd fd(::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return;
    stream_.reset(::fdopendir(fd.get()));
    if (stream_) fd_ = fd.release();  // now the stream's
  }

  explicit operator bool() const { return stream_ != nullptr; }
  [[nodiscard]] int fd() const { return fd_; }

  // The next name other than "." and "..", null at the end. Valid until the next call.
  const char* next() {
    while (const dirent* entry = ::readdir(stream_.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return static_cast<const char*>(entry->d_name);
    }
    return nullptr;
  }

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream_;
  int fd_ = AT_FDCWD;  // the stream's; only meaningful while it is open
};

}  // namespace conntrail::snapshot
