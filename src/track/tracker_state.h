// Core: what the parts of the tracker share.
#pragma once

#include <cstdint>
#include <vector>

#include "clone_table.h"
#include "conntrail/track/tracker.h"
#include "listener_index.h"
#include "record_table.h"
#include "time_wait_watch.h"

namespace conntrail::track {

struct Core {
  Core(ChangeSink& change_sink, const Limits& wanted) : sink(change_sink), limits(wanted) {}

  ChangeSink& sink;
  Limits limits;
  Counters counters;
  RecordTable records;
  ListenerIndex listeners;
  CloneTable clones;
  TimeWaitWatch watch;
  std::vector<std::uint32_t> missing;  // slots of records that a snapshot should have shown; see missing.h
  bool loss_pending = false;           // events were lost and no complete snapshot has been merged since
  MonoTime loss_until;                 // end of the newest loss
  MonoTime look_time;                  // holders that are told now were read after this moment
  std::uint32_t snapshots = 0;         // snapshots merged so far
  std::vector<std::uint32_t> polled_namespaces;  // sorted; read completely at least once with emit_changes
};

}  // namespace conntrail::track
