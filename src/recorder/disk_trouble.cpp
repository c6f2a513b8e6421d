#include "conntrail/recorder/disk_trouble.h"

#include <fmt/format.h>

namespace conntrail::recorder {

void DiskTrouble::look(store::HistoryWriter& writer) {
  const std::uint64_t written = writer.totals().rows_written;
  if (const auto error = writer.take_error()) {
    if (!troubled_) messages_.error(*error);
    troubled_ = true;
    written_then_ = written;
  } else if (troubled_ && written > written_then_) {
    troubled_ = false;
    const std::uint64_t dropped = writer.totals().rows_dropped - dropped_told_;
    dropped_told_ += dropped;
    messages_.note(dropped == 0
                       ? "the database takes records again; nothing was lost"
                       : fmt::format("the database takes records again; {} had to be given up", dropped));
  }
}

}  // namespace conntrail::recorder
