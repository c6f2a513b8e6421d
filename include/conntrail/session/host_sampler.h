// HostSampler: samples of the host's network namespaces in a thread of its own, so that events are consumed
// while a large table is read.
#pragma once

#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/mutex.h"
#include "conntrail/model/host_sample.h"
#include "conntrail/session/snapshot_worker.h"
#include "conntrail/track/tracker.h"

namespace conntrail::session {

// Samples at the start, then at an interval, and at the end. The rounds between leave out namespaces without
// a TCP socket. A round may take at most a twentieth of the time, so a large host is sampled less often than
// asked for.
class HostSampler {
 public:
  // The first round begins at once.
  HostSampler(NamespaceChoice namespaces, Nanoseconds interval);
  ~HostSampler();
  HostSampler(const HostSampler&) = delete;
  HostSampler& operator=(const HostSampler&) = delete;

  // What has been sampled since the last call, by time. Owners of listeners are left unknown.
  [[nodiscard]] std::vector<HostSample> take();
  // Samples all namespaces once more, now, waits for it, and then stops. The answer is as of take().
  [[nodiscard]] std::vector<HostSample> finish();
  // One line each: what could not be read and why.
  [[nodiscard]] std::vector<std::string> notes();

 private:
  void run(const std::stop_token& stop);
  void sample(bool occupied_only);

  NamespaceChoice namespaces_;
  Nanoseconds interval_;
  Mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<HostSample> samples_ GUARDED_BY(mutex_);
  std::vector<std::string> notes_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: it uses all of the above
};

// Names the owners of the listeners in a sample, as the tracker knows them now.
void name_owners(HostSample& sample, const track::Tracker& tracker);

}  // namespace conntrail::session
