// ByteSource: a file or a pipe from its beginning to its end, looked at in pieces.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bytes.h"
#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::store {

class ByteSource {
 public:
  [[nodiscard]] static Result<ByteSource> open(const std::string& path);  // "-" is stdin

  // The next `count` bytes, or fewer where the file ends before; valid until the next call. Memory grows with
  // what there is, not with what is asked for.
  [[nodiscard]] ByteView look(std::size_t count);
  void skip(std::size_t count);
  [[nodiscard]] int error() const { return error_; }  // errno of a failed read, else 0

 private:
  explicit ByteSource(UniqueFd file) : file_(std::move(file)) {}
  bool read_more();

  UniqueFd file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace conntrail::store
