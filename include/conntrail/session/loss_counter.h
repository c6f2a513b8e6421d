// LossCounter: the sink of a tracker whose records are read when they are shown.
#pragma once

#include <cstdint>
#include <variant>

#include "conntrail/model/change.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

// A table does not need each change announced; only losses are kept.
class LossCounter final : public track::ChangeSink {
 public:
  void on_change(const Change& change) override {
    if (const Lost* lost = std::get_if<Lost>(&change)) count_ += lost->count;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace conntrail::session
