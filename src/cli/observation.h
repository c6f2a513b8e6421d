// Observation: the evidence a diagnosis rests on, whatever it was collected from, and what the evidence
// points to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/diagnose/diagnose.h"

namespace conntrail::cli {

class Observation {
 public:
  Observation() = default;
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  virtual ~Observation() = default;

  diagnose::Evidence evidence;                  // its connections live as long as this object
  WallClock clock = WallClock::with_offset(0);  // of the evidence's times
  std::vector<std::string> notes;               // one line each, for stderr: what is missing and why
};

}  // namespace conntrail::cli
