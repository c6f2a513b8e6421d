// Core: what the parts of the tracker share.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "answered_first.h"
#include "conntrail/track/tracker.h"
#include "owners/clone_table.h"
#include "owners/listener_index.h"
#include "record_table.h"
#include "time_wait_watch.h"

namespace conntrail::track {

// A record that is to be looked at again when `due` has passed.
struct Waiting {
  std::uint32_t slot = 0;
  std::uint64_t id = 0;
  MonoTime due;
};

struct Core {
  Core(ChangeSink& change_sink, const Limits& wanted) : sink(change_sink), limits(wanted) {}

  ChangeSink& sink;
  Limits limits;
  Counters counters;
  RecordTable records;
  ListenerIndex listeners;
  CloneTable clones;
  TimeWaitWatch watch;
  AnsweredFirst answered;
  std::deque<Waiting> held;               // see held.h
  std::deque<Waiting> requests;           // half-open connections, by age
  std::vector<std::uint32_t> to_correct;  // slots of records whose end is no longer what was told
  std::vector<std::uint32_t> missing;     // slots of records that a snapshot should have shown; see missing.h
  bool loss_pending = false;              // events were lost and no complete snapshot has been merged since
  MonoTime loss_until;                    // end of the newest loss
  std::unordered_map<std::uint32_t, std::string> namespace_names;
  Tracker::Titles titles;
  MonoTime look_time;                            // holders that are told now were read after this moment
  std::uint32_t snapshots = 0;                   // snapshots merged so far
  std::vector<std::uint32_t> polled_namespaces;  // sorted; read completely at least once with emit_changes
};

}  // namespace conntrail::track
