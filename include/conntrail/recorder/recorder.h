// Recorder: the flight recorder: a live session whose connections go into a history database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "conntrail/base/clock.h"
#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/base/signals.h"
#include "conntrail/kernel/event_stream.h"
#include "conntrail/recorder/disk_trouble.h"
#include "conntrail/recorder/recorder_sink.h"
#include "conntrail/recorder/service_manager.h"
#include "conntrail/session/choice.h"
#include "conntrail/session/session.h"
#include "conntrail/store/history.h"

namespace conntrail::recorder {

struct RecordChoice {
  session::CommonChoice common;
  store::WriterOptions writer;
  std::optional<Nanoseconds> duration;  // until a signal when there is none
  std::size_t ring_bytes = 0;           // room for kernel events
  bool poll = false;                    // compare snapshots even where kernel events can be had
  bool titles = false;                  // keep the owners' command lines, which may hold secrets
  std::string capture;                  // also write the raw events to this file; empty = none
  std::function<void()> on_start;       // the database is open and ours, the recording begins
  // As the user gave them, for the first message.
  std::string max_size_text;
  std::string keep_text;
};

struct RecordSummary {
  std::uint64_t connections = 0;
  store::WriterTotals rows;
  EventTotals events;
};

class Recorder {
 public:
  // SIGINT, SIGTERM and whatever else `signals` takes end the run.
  Recorder(RecordChoice choice, Signals signals, const Messages& messages)
      : choice_(std::move(choice)), signals_(std::move(signals)), messages_(messages) {}

  // Attaches, opens the database and records until it is told to end. Call it once.
  [[nodiscard]] Result<void> run();
  // Describes the run once it is over; nothing when it could not start.
  [[nodiscard]] const std::optional<RecordSummary>& summary() const { return summary_; }

 private:
  [[nodiscard]] session::SessionOptions session_options();
  Result<void> start();
  void say_how_it_records();
  bool keep_going(MonoTime now);
  void follow_clock(WallClock clock);
  void finish();

  RecordChoice choice_;
  Signals signals_;
  Messages messages_;
  WallClock clock_ = WallClock::measure();
  ServiceManager manager_ = ServiceManager::from_environment();
  RecorderSink sink_{choice_.common.filter, clock_};
  std::unique_ptr<session::Session> session_;  // attached before, and ended after, the writer
  std::unique_ptr<store::HistoryWriter> writer_;
  DiskTrouble disk_trouble_{messages_};
  std::optional<MonoTime> deadline_;
  MonoTime refreshed_;
  MonoTime finished_;
  std::size_t remembered_ = 0;
  std::optional<RecordSummary> summary_;
};

}  // namespace conntrail::recorder
