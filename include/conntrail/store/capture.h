// The capture file: everything a tracker was told in one run, in the order in which it was told, so that a
// replay makes the same records. docs/capture-format.md has the format.
//
// Blocks of records, each compressed (zstd) and checked for itself: a truncated or damaged file gives what is
// whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/host_sample.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::store {

inline constexpr std::uint32_t kCaptureVersion = 1;

struct CaptureHeader {
  std::string program;  // "conntrail 0.1.0"
  std::string kernel;   // uname -r
  std::string host;     // node name
  std::string boot_id;
  WallClock clock = WallClock::with_offset(0);
  MonoTime started;
  bool events = true;  // false: made by comparing snapshots
  std::string filter;  // what the kernel side was asked to leave out; empty = nothing
  std::vector<std::pair<std::uint32_t, std::string>> reset_reasons;  // of that kernel (enum sk_rst_reason)
};

// What a tracker can be told: see track::Tracker for each.
struct CapturedSnapshot {
  MonoTime started;
  MonoTime finished;
  std::vector<std::uint32_t> namespaces;
  bool time_wait_only = false;
  bool has_cookies = true;
  bool emit_changes = false;
  std::vector<SocketRow> rows;
};
struct CapturedHolders {
  std::vector<SocketHolder> holders;
  bool complete = false;
};
struct CapturedLoss {
  std::uint64_t count = 0;
  MonoTime from;
  MonoTime to;
};
struct CapturedTime {
  MonoTime now;
  bool finish = false;  // the run ended in good order
};
struct CapturedRestore {  // a connection known from before (the recorder's memory)
  Connection connection;
};
using CaptureRecord = std::variant<SocketEvent, CapturedSnapshot, CapturedHolders, CapturedLoss, CapturedTime,
                                   CapturedRestore, HostSample>;

class CaptureWriter {
 public:
  // "-" is stdout. An existing file is replaced only when it is a capture or empty.
  [[nodiscard]] static Result<std::unique_ptr<CaptureWriter>> create(const std::string& path,
                                                                     const CaptureHeader& header);
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // Cheap: encodes into memory. A block goes to the file when it is full or flush() is called.
  void add(const SocketEvent& event);
  void add(const CaptureRecord& record);
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> finish();  // flush and the end mark
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  class Impl;
  explicit CaptureWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class CaptureReader {
 public:
  // "-" is stdin. A file that is no capture, or of a newer version, is an error that says so.
  [[nodiscard]] static Result<CaptureReader> open(const std::string& path);
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();

  [[nodiscard]] const CaptureHeader& header() const;
  // The next record; empty at the end of what is whole.
  [[nodiscard]] std::optional<CaptureRecord> next();
  // After the end: empty when the file is whole, else what is missing ("truncated after 12 blocks, …").
  [[nodiscard]] const std::optional<Error>& damage() const;

 private:
  class Impl;
  explicit CaptureReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::store
