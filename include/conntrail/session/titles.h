// What processes say of themselves, each asked no more than once a second, however many connections it has.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "conntrail/base/clock.h"
#include "conntrail/snapshot/process_title.h"

namespace conntrail::session {

class Titles {
 public:
  [[nodiscard]] const std::string& of(std::uint32_t pid, MonoTime now) {
    constexpr Nanoseconds kHolds = std::chrono::seconds(1);
    if (!since_.known() || now - since_ >= kHolds) {
      titles_.clear();
      since_ = now;
    }
    const auto [title, first] = titles_.try_emplace(pid);
    if (first) title->second = snapshot::process_title(pid);
    return title->second;
  }
  // The next answers are of now.
  void forget() { since_ = {}; }

 private:
  std::unordered_map<std::uint32_t, std::string> titles_;
  MonoTime since_;
};

}  // namespace conntrail::session
