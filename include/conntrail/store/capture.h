// The capture file: everything that a tracker was fed in one run, in the same order, so that a replay makes
// the same records. docs/capture-format.md has the format.
//
// Blocks of records, each compressed (zstd) and checked for itself: a truncated or damaged file still yields
// its whole blocks.
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
#include "conntrail/model/event_totals.h"
#include "conntrail/model/host_sample.h"
#include "conntrail/model/snapshot_scope.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::store {

inline constexpr std::uint32_t kCaptureVersion = 2;

struct CaptureHeader {
  std::string program;  // "conntrail 0.1.0"
  std::string kernel;   // uname -r
  std::string host;     // node name
  std::string boot_id;
  WallClock clock = WallClock::with_offset(0);
  MonoTime started;
  bool events = true;  // false: made by comparing snapshots
  std::string filter;  // what the kernel side let through, for people; empty = everything
  std::vector<std::pair<std::uint32_t, std::string>> reset_reasons;  // of that kernel (enum sk_rst_reason)
  std::uint32_t followed_pid = 0;  // `trace -- CMD`: the command; what is not its own is here all the same
};

// What a tracker can be told: see track::Tracker for each.
struct CapturedSnapshot {
  SnapshotScope scope;
  std::vector<SocketRow> rows;
  bool operator==(const CapturedSnapshot&) const = default;
};
struct CapturedHolders {
  std::vector<SocketHolder> holders;
  bool complete = false;
  bool operator==(const CapturedHolders&) const = default;
};
struct CapturedLoss {
  std::uint64_t count = 0;
  MonoTime from;
  MonoTime to;
  bool operator==(const CapturedLoss&) const = default;
};
struct CapturedTime {
  MonoTime now;
  bool finish = false;  // the run ended in good order
  bool operator==(const CapturedTime&) const = default;
};
struct CapturedRestore {  // a connection known from before (the recorder's memory)
  Connection connection;
  bool operator==(const CapturedRestore&) const = default;
};
struct CapturedClock {  // the host's clock was set: from here on this offset holds, not the header's
  MonoTime now;
  std::int64_t offset_ns = 0;
  bool operator==(const CapturedClock&) const = default;
};
struct CapturedNamespace {  // what the host calls a network namespace from here on; empty = it has no name
  std::uint32_t netns = 0;
  std::string name;
  bool operator==(const CapturedNamespace&) const = default;
};
using CaptureRecord =
    std::variant<SocketEvent, CapturedSnapshot, CapturedHolders, CapturedLoss, CapturedTime, CapturedRestore,
                 HostSample, EventTotals, CapturedClock, CapturedNamespace>;

// Encodes in the caller's thread; a thread of its own compresses and writes. Blocks that the disk is too slow
// for wait in memory up to a bound; then add() waits too, so that the kernel's ring fills and the loss is
// counted there. Not thread-safe: one caller.
class CaptureWriter {
 public:
  // "-" is stdout, unless that is a terminal. An existing file is replaced only when it is a capture or
  // empty.
  [[nodiscard]] static Result<std::unique_ptr<CaptureWriter>> create(const std::string& path,
                                                                     const CaptureHeader& header);
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // Cheap: encodes into memory. A block is handed over when it is full or flush() is called.
  void add(const SocketEvent& event);
  void add(const CaptureRecord& record);
  // Hands over what there is and does not wait for it. The answer is the first failure to write so far: a
  // capture that has failed once stays as it is.
  [[nodiscard]] Result<void> flush();
  // Waits until everything and the end mark are written; nothing can be added any more. A writer that ends
  // without it writes everything but the end mark.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] std::uint64_t bytes() const;  // written so far

 private:
  class Impl;
  explicit CaptureWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Reads untrusted files: nothing in a file makes it crash or take more memory than some multiple of the
// file's own size. A CapturedLoss stands in the place of a damaged block.
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

  // The newest moment in the file, found without reading all of it; unknown when it has none. Not for "-".
  [[nodiscard]] static Result<MonoTime> newest(const std::string& path);

 private:
  class Impl;
  explicit CaptureReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace conntrail::store
