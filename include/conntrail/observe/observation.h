// Observation: the evidence a diagnosis rests on, whatever it was collected from, and what the evidence
// points to.
#pragma once

#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/diagnose/diagnose.h"
#include "conntrail/filter/filter.h"
#include "conntrail/track/tracker.h"

namespace conntrail::observe {

class Observation {
 public:
  Observation() = default;
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  virtual ~Observation() = default;

  diagnose::Evidence evidence;                  // its connections live as long as this object
  WallClock clock = WallClock::with_offset(0);  // of the evidence's times
  std::vector<std::string> notes;               // one line each, for stderr: what is missing and why

 protected:
  // In order of time. Beyond 2 000 samples, every second one between the first and the last of a namespace is
  // dropped.
  void add_sample(const HostSample& sample);
  // Call it once, when `evidence.to` and the samples are complete: takes the tracker's connections that
  // match, with a note when the tracker evicted some. The tracker must live as long as this object.
  void take_connections(const track::Tracker& tracker, const filter::Filter& filter);
};

// For a tracker that is to remember every connection of an observation: 256 MiB of ended ones, some 350 000.
[[nodiscard]] track::Limits observation_limits();

}  // namespace conntrail::observe
