#include "conntrail/recorder/history_source.h"

#include <unistd.h>

namespace conntrail::recorder {

std::string history_to_read(const std::string& named) {
  if (!named.empty()) return named;
  const std::string own = store::default_history_path();
  const std::string hosts = "/var/lib/conntrail/history.db";
  return access(own.c_str(), F_OK) != 0 && access(hosts.c_str(), R_OK) == 0 ? hosts : own;
}

Result<std::unique_ptr<HistorySource>> open_history(const HistoryPlace& place, const Messages& messages) {
  if (!place.capture.empty()) return open_capture(place.capture, messages);
  return open_database(history_to_read(place.database));
}

bool fits_time(const store::Condition& condition, const store::HistoryRecord& record) {
  const Connection& c = record.connection;
  if (condition.until_ns && c.opened.known() && record.clock.real_ns(c.opened) >= *condition.until_ns)
    return false;
  if (!condition.since_ns || (!c.ended && !c.gone)) return true;
  MonoTime end = c.ended && c.closed.known() ? c.closed : c.last_event;
  if (!end.known()) end = record.seen;
  return record.clock.real_ns(end) >= *condition.since_ns;
}

}  // namespace conntrail::recorder
