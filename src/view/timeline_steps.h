// The middle of a timeline: its states to scale, with what happened in them.
#pragma once

#include <string>

#include "conntrail/view/timeline.h"

namespace conntrail::view {

// A line per state and per mark, by time, each with its bar or sign at its place; then the scale.
void append_steps(std::string& out, const Connection& connection, const WallClock& clock, MonoTime now,
                  const TimelineOptions& options);

}  // namespace conntrail::view
