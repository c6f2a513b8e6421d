// MessageFold: keeps a flood of messages readable and bounded, and says what it left out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "conntrail/base/clock.h"
#include "conntrail/base/messages.h"

namespace conntrail::log {

struct Message {
  MessageLevel level = MessageLevel::note;
  std::string_view room;
  std::string_view text;
};

// A message that is the same as the one before is counted instead of passed on; the count is passed on before
// the next other message, or when it has waited for kSayRepeats. What exceeds `most_per_second` is counted
// too.
class MessageFold {
 public:
  using Pass = std::function<void(const Message& message)>;
  static constexpr Nanoseconds kSayRepeats{std::int64_t{10} * 1'000'000'000};

  explicit MessageFold(std::uint64_t most_per_second) : most_per_second_(most_per_second) {}

  void take(const Message& message, MonoTime now, const Pass& pass);
  // Time passes: counts that have waited long enough are passed on.
  void settle(MonoTime now, const Pass& pass);
  // All counts, now.
  void finish(const Pass& pass);

 private:
  void say_repeats(const Pass& pass);
  void say_left_out(const Pass& pass);
  void begin_second(MonoTime now, const Pass& pass);

  std::uint64_t most_per_second_;
  MessageLevel last_level_ = MessageLevel::note;
  std::string last_room_;
  std::string last_text_;
  bool has_last_ = false;
  std::uint64_t repeats_ = 0;
  MonoTime first_repeat_;
  MonoTime second_;  // began then
  std::uint64_t in_second_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace conntrail::log
