// A late event about a record that is already gone: its sink gets the final record once more.
#pragma once

#include "tracker_state.h"

namespace conntrail::track {

// Around what an event does to a record.
class LateNews {
 public:
  LateNews(Core& core, const Record& record) : core_(core), record_(record), late_(record.c.gone) {}
  LateNews(const LateNews&) = delete;
  LateNews& operator=(const LateNews&) = delete;
  ~LateNews() {
    if (late_ && record_.in_use && record_.c.gone) core_.sink.on_gone(record_.c);
  }

 private:
  Core& core_;
  const Record& record_;
  bool late_;
};

}  // namespace conntrail::track
