// ExpiryFold: time-wait sockets that were there before somebody looked, and expire now: hundreds of lines of
// connections whose life nobody saw. They become one line for each place and second.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/change.h"

namespace conntrail::view {

// "200 older TIME_WAIT sockets of 10.77.2.2:9002 expired".
struct FoldedExpiry {
  MonoTime time;    // of the last of them
  FourTuple tuple;  // of one of them
  std::uint64_t sockets = 0;
  bool local = false;   // of several: the end that they share is this side's
  bool remote = false;  // the peer's
  std::string netns_name;
};

class ExpiryFold {
 public:
  // Whether it is such an end: it is kept, and told by due() or rest(). In any order of their times.
  bool take(const Transition& change);
  // What expired in seconds that have been over for one: a look at the table tells of the last ones.
  [[nodiscard]] std::vector<FoldedExpiry> due(MonoTime now);
  // Everything that is kept.
  [[nodiscard]] std::vector<FoldedExpiry> rest();

 private:
  struct Kept {
    MonoTime time;
    FourTuple tuple;
    std::string netns_name;
  };
  static void fold(std::vector<Kept>& second, std::vector<FoldedExpiry>& out);
  std::map<std::int64_t, std::vector<Kept>> seconds_;
};

}  // namespace conntrail::view
