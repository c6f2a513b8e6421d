// The capture file: an input as the whole file, or as the records of a block whose checks are right, so that
// what lies behind them is reached too.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "capture/capture_block.h"
#include "capture/capture_codec.h"
#include "check.h"
#include "conntrail/base/unique_fd.h"
#include "conntrail/store/capture.h"

namespace conntrail::fuzz {
namespace {

using store::CaptureRecord;

// A file that only this process sees.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("capture", MFD_CLOEXEC)) {}
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  void write(std::string_view bytes) const {
    require(::write(fd_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "cannot write to memory");
  }

 private:
  UniqueFd fd_;
};

std::vector<CaptureRecord> read_all(const std::string& path) {
  std::vector<CaptureRecord> records;
  auto reader = store::CaptureReader::open(path);
  if (!reader) {
    require(is_safe_for_terminal(format_error(reader.error())), "control characters in an error");
    return records;
  }
  while (auto record = reader->next()) records.push_back(std::move(*record));
  if (reader->damage())
    require(is_safe_for_terminal(format_error(*reader->damage())), "control characters in a damage");
  return records;
}

// Sockets are numbered anew in every capture.
CaptureRecord without_sk(CaptureRecord record) {
  if (auto* event = std::get_if<SocketEvent>(&record)) event->sk = 0;
  return record;
}

// What was read can be written, and read again as it was.
void check_round_trip(const std::vector<CaptureRecord>& records) {
  const MemoryFile file;
  const auto writer = store::CaptureWriter::create(file.path(), {});
  require(writer.has_value(), "cannot write a capture");
  for (const CaptureRecord& record : records) (*writer)->add(record);
  require((*writer)->finish().has_value(), "cannot end a capture");
  const std::vector<CaptureRecord> again = read_all(file.path());
  require(again.size() == records.size(), "not as many records as were written");
  for (std::size_t i = 0; i < records.size(); ++i)
    require(without_sk(again[i]) == without_sk(records[i]), "another record than was written");
}

void check_file(std::string_view bytes) {
  const MemoryFile file;
  file.write(bytes);
  check_round_trip(read_all(file.path()));
  (void)store::CaptureReader::newest(file.path());
}

std::string_view text_of(store::ByteView bytes) { return fuzz::text_of(bytes.data(), bytes.size()); }

void check_block(std::string_view bytes, std::uint32_t records) {
  static const std::string kBeginning = [] {
    const MemoryFile file;
    { const auto writer = store::CaptureWriter::create(file.path(), {}); }
    std::string content(4096, '\0');
    const UniqueFd fd(::open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t n = ::read(fd.get(), content.data(), content.size());
    content.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return content;
  }();
  store::RawBlock block;
  block.bytes.bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  block.records = records;
  store::BlockEncoder encoder;
  std::string content = kBeginning;
  content += text_of(encoder.encode(block));
  content += text_of(encoder.encode_end());
  check_file(content);
}

}  // namespace
}  // namespace conntrail::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace conntrail::fuzz;
  if (size == 0) return 0;
  const std::string_view rest = text_of(data + 1, size - 1);
  if (data[0] == 0) {
    check_file(rest);
  } else {
    check_block(rest, data[0]);
  }
  return 0;
}
