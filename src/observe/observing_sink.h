// ObservingSink: what an observation keeps of the changes: how many events were lost, and what living
// connections do from one look at the table to the next.
#pragma once

#include <variant>

#include "conntrail/model/change.h"
#include "conntrail/session/loss_counter.h"
#include "table_watch.h"

namespace conntrail::observe {

class ObservingSink final : public track::ChangeSink {
 public:
  // The tracker whose sink this is, which must outlive it. A snapshot that was merged before (a session's
  // starting one) is looked at now.
  void watch(const track::Tracker& tracker) {
    tracker_ = &tracker;
    if (merged_.known()) table_.look(tracker, merged_);
  }
  void on_change(const Change& change) override {
    losses_.on_change(change);
    const auto* merged = std::get_if<SnapshotMerged>(&change);
    if (merged == nullptr || merged->time_wait_only) return;
    merged_ = merged->time;
    if (tracker_ != nullptr) table_.look(*tracker_, merged_);
  }
  [[nodiscard]] std::uint64_t losses() const { return losses_.count(); }
  void give(diagnose::Evidence& to) const { table_.give(to); }

 private:
  session::LossCounter losses_;
  TableWatch table_;
  const track::Tracker* tracker_ = nullptr;
  MonoTime merged_;
};

}  // namespace conntrail::observe
