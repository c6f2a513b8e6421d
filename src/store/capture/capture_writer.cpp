#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "capture/block_queue.h"
#include "capture/capture_block.h"
#include "capture/capture_codec.h"
#include "checksum.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/store/capture.h"

namespace conntrail::store {
namespace {

constexpr std::size_t kRowsPerRecord = 256;
constexpr std::size_t kMostRecordBytes = kMostBlockBytes - 2 * kUsualBlockBytes;

// A mistyped name must not cost anybody a file.
Result<void> check_replaceable(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return fail_errno("cannot look at '" + path + "'", errno);
  if (!S_ISREG(info.st_mode) || info.st_size == 0) return {};
  const UniqueFd old(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<std::uint8_t, kCaptureMagic.size()> magic{};
  if (old && ::read(old.get(), magic.data(), magic.size()) == static_cast<ssize_t>(magic.size()) &&
      magic == kCaptureMagic) {
    if (::ftruncate(fd, 0) == 0) return {};
    return fail_errno("cannot empty '" + path + "'", errno);
  }
  return fail("'" + path + "' exists and is not a capture", {}, "choose another name, or remove it");
}

Result<UniqueFd> open_for_writing(const std::string& path) {
  if (path == "-") {
    if (::isatty(STDOUT_FILENO) == 1)
      return fail_usage("a capture is not text for a terminal", {}, "give a file, or pipe it into a command");
    UniqueFd copy(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno("cannot write to stdout", errno);
    return copy;
  }
  constexpr mode_t kMode = 0644;
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode));
  if (!file) return fail_errno("cannot write to '" + path + "'", errno, "choose another file");
  if (auto replaceable = check_replaceable(file.get(), path); !replaceable)
    return std::unexpected(replaceable.error());
  return file;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) return 0;
  return number;
}

ByteWriter preamble(const CaptureHeader& header) {
  ByteWriter content;
  encode(content, header);
  ByteWriter out;
  out.bytes(kCaptureMagic);
  out.u32(kCaptureVersion);
  out.u32(static_cast<std::uint32_t>(content.size()));
  out.u32(crc32c(content.view()));
  out.bytes(content.view());
  return out;
}

}  // namespace

class CaptureWriter::Impl {
 public:
  Impl(UniqueFd file, std::string name, const CaptureHeader& header)
      : sk_base_(random_number()), queue_(std::move(file), std::move(name), preamble(header)) {}
  ~Impl() { hand_over(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void add(const SocketEvent& event) {
    encode(scratch_, *context_, event, sk_base_);
    put(RecordKind::event, event.time);
  }

  void operator()(const SocketEvent& event) { add(event); }
  void operator()(const CapturedSnapshot& snapshot) {
    encode_scope(scratch_, *context_, snapshot.scope);
    scratch_.varint(snapshot.rows.size());
    encode_cookies(scratch_, snapshot.scope);
    put(RecordKind::snapshot, snapshot.scope.finished);
    put_list(RecordKind::rows, snapshot.rows);
  }
  void operator()(const CapturedHolders& holders) {
    scratch_.u8(holders.complete ? 1 : 0);
    scratch_.varint(holders.holders.size());
    put(RecordKind::holders, {});
    put_list(RecordKind::holder_list, holders.holders);
  }
  void operator()(const CapturedLoss& loss) {
    encode(scratch_, *context_, loss);
    put(RecordKind::loss, loss.to);
  }
  void operator()(const CapturedTime& time) {
    encode(scratch_, *context_, time);
    put(RecordKind::time, time.now);
  }
  void operator()(const CapturedRestore& restore) {
    encode(scratch_, *context_, restore.connection);
    put(RecordKind::restore, {});
  }
  void operator()(const HostSample& sample) {
    encode(scratch_, *context_, sample);
    put(RecordKind::sample, sample.time);
  }
  void operator()(const EventTotals& totals) {
    encode(scratch_, totals);
    put(RecordKind::totals, {});
  }
  void operator()(const CapturedClock& clock) {
    encode(scratch_, *context_, clock);
    put(RecordKind::clock, clock.now);
  }
  void operator()(const CapturedNamespace& named) {
    encode(scratch_, named);
    put(RecordKind::namespace_name, {});
  }

  Result<void> flush() {
    hand_over();
    return queue_.error();
  }
  Result<void> finish() {
    hand_over();
    return queue_.finish();
  }
  [[nodiscard]] std::uint64_t bytes() const { return queue_.bytes(); }

 private:
  template <class Item>
  void put_list(RecordKind kind, const std::vector<Item>& items) {
    for (std::size_t at = 0; at < items.size(); at += kRowsPerRecord) {
      const std::size_t count = std::min(kRowsPerRecord, items.size() - at);
      scratch_.varint(count);
      for (std::size_t i = 0; i < count; ++i) encode(scratch_, *context_, items[at + i]);
      put(kind, {});
    }
  }

  // What is in the scratch becomes a record. Blocks are independent: each begins with an empty context.
  void put(RecordKind kind, MonoTime time) {
    if (scratch_.size() > kMostRecordBytes) queue_.fail_with("a record is too large for it");
    block_->bytes.u8(static_cast<std::uint8_t>(kind));
    block_->bytes.varint(scratch_.size());
    block_->bytes.bytes(scratch_.view());
    scratch_.clear();
    ++block_->records;
    block_->note_time(time);
    if (block_->bytes.size() >= kUsualBlockBytes) hand_over();
  }

  void hand_over() {
    if (block_->records == 0) return;
    block_ = queue_.exchange(std::move(block_));
    *context_ = {};
  }

  std::uint64_t sk_base_;
  ByteWriter scratch_;
  std::unique_ptr<CaptureContext> context_ = std::make_unique<CaptureContext>();
  std::unique_ptr<RawBlock> block_ = std::make_unique<RawBlock>();
  BlockQueue queue_;
};

CaptureWriter::CaptureWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureWriter::~CaptureWriter() = default;

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::create(const std::string& path,
                                                             const CaptureHeader& header) {
  auto file = open_for_writing(path);
  if (!file) return std::unexpected(file.error());
  const std::string name = path == "-" ? "stdout" : "'" + path + "'";
  return std::unique_ptr<CaptureWriter>(
      new CaptureWriter(std::make_unique<Impl>(std::move(*file), name, header)));
}

void CaptureWriter::add(const SocketEvent& event) { impl_->add(event); }
void CaptureWriter::add(const CaptureRecord& record) { std::visit(*impl_, record); }
Result<void> CaptureWriter::flush() { return impl_->flush(); }
Result<void> CaptureWriter::finish() { return impl_->finish(); }
std::uint64_t CaptureWriter::bytes() const { return impl_->bytes(); }

}  // namespace conntrail::store
