#include <algorithm>

#include "conntrail/view/line.h"

namespace conntrail::view {
namespace {

// About what a screen shows: a column becomes narrower only when none of the lines in sight needs its width.
constexpr unsigned kLinesInSight = 50;

}  // namespace

std::size_t GrowingColumn::fit(std::size_t needed) {
  recent_ = std::max(recent_, needed);
  width_ = std::max(width_, needed);
  if (++lines_ >= kLinesInSight) {
    if (shrinks_) width_ = std::max(least_, recent_);
    recent_ = needed;
    lines_ = 0;
  }
  return width_;
}

}  // namespace conntrail::view
