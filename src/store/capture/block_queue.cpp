#include "capture/block_queue.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace conntrail::store {
namespace {

// 64 MiB of records: a few seconds of a storm.
constexpr std::size_t kMostWaiting = 256;

}  // namespace

BlockQueue::BlockQueue(UniqueFd file, std::string name, ByteWriter preamble)
    : file_(std::move(file)),
      name_(std::move(name)),
      thread_([this, first = std::move(preamble)] { run(first); }) {}

BlockQueue::~BlockQueue() { stop(); }

std::unique_ptr<RawBlock> BlockQueue::exchange(std::unique_ptr<RawBlock> full) {
  Lock lock(mutex_);
  changed_.wait(lock.native(),
                [this]() REQUIRES(mutex_) { return waiting_.size() < kMostWaiting || error_; });
  waiting_.push_back(std::move(full));
  changed_.notify_all();
  if (empty_.empty()) return std::make_unique<RawBlock>();
  std::unique_ptr<RawBlock> block = std::move(empty_.back());
  empty_.pop_back();
  return block;
}

void BlockQueue::stop() {
  {
    const Lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<void> BlockQueue::finish() {
  {
    const Lock lock(mutex_);
    with_end_mark_ = true;
  }
  stop();
  return error();
}

Result<void> BlockQueue::error() {
  const Lock lock(mutex_);
  if (error_) return std::unexpected(*error_);
  return {};
}

void BlockQueue::run(const ByteWriter& preamble) {
  BlockEncoder encoder;
  write(preamble.view());
  Lock lock(mutex_);
  while (true) {
    changed_.wait(lock.native(), [this]() REQUIRES(mutex_) { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    std::unique_ptr<RawBlock> block = std::move(waiting_.front());
    waiting_.pop_front();
    const bool failed = error_.has_value();
    lock.unlock();
    if (!failed) write(encoder.encode(*block));
    block->clear();
    lock.lock();
    empty_.push_back(std::move(block));
    changed_.notify_all();
  }
  const bool whole = with_end_mark_ && !error_;
  lock.unlock();
  if (whole) write(encoder.encode_end());
}

void BlockQueue::write(ByteView bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
      bytes_.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
    } else if (errno != EINTR) {
      keep_error(fail_errno("cannot write the capture to " + name_, errno).error());
      return;
    }
  }
}

void BlockQueue::fail_with(const std::string& why) {
  keep_error(fail("cannot write the capture to " + name_, why).error());
}

void BlockQueue::keep_error(Error error) {
  const Lock lock(mutex_);
  if (!error_) error_ = std::move(error);
  changed_.notify_all();
}

}  // namespace conntrail::store
