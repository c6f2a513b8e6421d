// The table `host_sample`: counters of the host, as what has changed since the sample before, and in full
// once a minute.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "conntrail/model/host_sample.h"
#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

class SampleTable {
 public:
  [[nodiscard]] static Result<SampleTable> prepare(const Database& database);
  // Part of the open transaction.
  [[nodiscard]] Result<void> write(const Database& database, const HostSample& sample, std::int64_t run,
                                   const WallClock& clock);
  // After a rollback: the next sample of each namespace is written in full.
  void forget() { last_.clear(); }

 private:
  struct Last {
    HostSample sample;
    MonoTime whole;  // when it was last written in full
  };
  Statement insert_;
  std::map<std::uint32_t, Last> last_;  // by namespace
};

// The samples of one run within a time, made whole again. Rows in order of time.
[[nodiscard]] Result<std::vector<HostSample>> read_samples(const Database& database, const Run& run,
                                                           std::optional<std::int64_t> since_ns,
                                                           std::optional<std::int64_t> until_ns);

}  // namespace conntrail::store
