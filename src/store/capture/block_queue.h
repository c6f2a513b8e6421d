// BlockQueue: compresses blocks and writes them to a file, in a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "capture/capture_block.h"
#include "conntrail/base/mutex.h"
#include "conntrail/base/result.h"
#include "conntrail/base/unique_fd.h"

namespace conntrail::store {

class BlockQueue {
 public:
  // `preamble` goes to the file first. `name` is for messages.
  BlockQueue(UniqueFd file, std::string name, ByteWriter preamble);
  ~BlockQueue();  // what was handed over is written; no end mark
  BlockQueue(const BlockQueue&) = delete;
  BlockQueue& operator=(const BlockQueue&) = delete;

  // Takes a full block and gives an empty one. Waits while too many wait to be written.
  [[nodiscard]] std::unique_ptr<RawBlock> exchange(std::unique_ptr<RawBlock> full);
  // Writes what waits, and the end mark.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] Result<void> error();  // the first one
  void fail_with(const std::string& why);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void run(const ByteWriter& preamble);
  void write(ByteView bytes);
  void keep_error(Error error);
  void stop();

  UniqueFd file_;
  std::string name_;
  std::atomic<std::uint64_t> bytes_{0};
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<RawBlock>> waiting_ GUARDED_BY(mutex_);
  // Their memory is used again.
  std::vector<std::unique_ptr<RawBlock>> empty_ GUARDED_BY(mutex_);
  std::optional<Error> error_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  bool with_end_mark_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace conntrail::store
