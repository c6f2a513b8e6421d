#include "log_writer.h"

namespace conntrail::log {

void LogWriter::write(std::string_view line) {
  retry();
  if (held_.empty() && dropped_ == 0) line.remove_prefix(place_.take(line));
  if (line.empty()) return;
  // The rest of a line that was begun is kept in any case, or the next one would be glued to it.
  const bool begun = held_.empty() && dropped_ == 0;
  if (begun || (dropped_ == 0 && held_.size() + line.size() <= kMostHeld)) {
    held_ += line;
  } else {
    ++dropped_;
  }
}

void LogWriter::retry() {
  offer_held();
  if (!held_.empty() || dropped_ == 0) return;
  held_ = drop_line_(dropped_);
  const std::size_t size = held_.size();
  offer_held();
  if (held_.size() == size) {
    held_.clear();  // not a byte of it is out: the count may go on
  } else {
    dropped_ = 0;
  }
}

void LogWriter::offer_held() {
  if (!held_.empty()) held_.erase(0, place_.take(held_));
}

}  // namespace conntrail::log
