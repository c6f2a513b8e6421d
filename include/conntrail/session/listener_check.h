// ListenerCheck: a new connection is told with its listener's owner, as a guess. Before it is told, the
// process is asked for: does it still hold the listener? It may have ended, or have handed it over at a
// reload. When the connection is told of again, without its process having shown itself: does that one still
// live?
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/kernel/iterators.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/socket_event.h"
#include "conntrail/session/tracker_input.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

class ListenerCheck {
 public:
  // To be called before the tracker is told of the event. Where the guess does not hold, the file tables are
  // read again, now and then; until they are, the listener is nobody's.
  void before(const SocketEvent& event, const track::Tracker& tracker, TrackerInput& input);

 private:
  struct Asked {
    MonoTime at;
    bool disowned = false;
  };
  struct Doubtful {
    std::uint64_t id = 0;
    std::uint64_t cookie = 0;
    std::uint64_t inode = 0;
    bool refuted = false;  // the process is known not to hold it; else it could not be asked
  };
  [[nodiscard]] std::vector<Doubtful> doubtful(const SocketEvent& event, const track::Tracker& tracker,
                                               MonoTime now, bool look_was_taken);
  bool look(TrackerInput& input);  // true: every process could be read
  [[nodiscard]] bool was_answered(const SocketEvent& event) const;
  void before_birth(const SocketEvent& event, const track::Tracker& tracker, TrackerInput& input);
  void before_news(const SocketEvent& event, const track::Tracker& tracker, TrackerInput& input);

  std::unordered_map<std::uint64_t, Asked> asked_;  // by the record's id
  SocketEvent answered_;      // the last event whose guess was found to hold: a busy server has one listener
  std::uint32_t living_ = 0;  // the process that was last found to live, and when
  MonoTime living_at_;
  std::optional<kernel::OwnerIterator> iterator_;
  bool tried_iterator_ = false;
  MonoTime next_look_;
};

}  // namespace conntrail::session
