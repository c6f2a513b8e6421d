// Overloaded: functions as one overload set, to visit a variant with what to do for each alternative.
#pragma once

namespace conntrail {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace conntrail
