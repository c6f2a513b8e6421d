// DiskTrouble: what the recorder says while its database takes no records.
#pragma once

#include <cstdint>

#include "conntrail/base/messages.h"
#include "conntrail/store/history.h"

namespace conntrail::recorder {

// Says it once when trouble begins and once when it is over.
class DiskTrouble {
 public:
  explicit DiskTrouble(const Messages& messages) : messages_(messages) {}
  // Asks the writer how it fares; call it often.
  void look(store::HistoryWriter& writer);

 private:
  Messages messages_;
  bool troubled_ = false;
  std::uint64_t written_then_ = 0;
  std::uint64_t dropped_told_ = 0;
};

}  // namespace conntrail::recorder
