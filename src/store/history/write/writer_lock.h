// One recorder per database: a lock on a file beside it, which the kernel releases however the holder ends.
#pragma once

#include <string>

#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::store {

class WriterLock {
 public:
  // Fails at once when another process has it; the message names that one.
  [[nodiscard]] static Result<WriterLock> acquire(const std::string& database_path);

 private:
  explicit WriterLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace conntrail::store
