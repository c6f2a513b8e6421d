#include "message_fold.h"

#include <fmt/format.h>

namespace conntrail::log {
namespace {

constexpr Nanoseconds kSecond{1'000'000'000};

}  // namespace

void MessageFold::take(const Message& message, MonoTime now, const Pass& pass) {
  if (has_last_ && message.level == last_level_ && message.room == last_room_ && message.text == last_text_) {
    if (repeats_++ == 0) first_repeat_ = now;
    settle(now, pass);
    return;
  }
  begin_second(now, pass);
  if (in_second_ >= most_per_second_) {
    ++left_out_;
    return;
  }
  say_repeats(pass);
  ++in_second_;
  has_last_ = true;
  last_level_ = message.level;
  last_room_ = message.room;
  last_text_ = message.text;
  pass(message);
}

void MessageFold::settle(MonoTime now, const Pass& pass) {
  begin_second(now, pass);
  if (repeats_ > 0 && now - first_repeat_ >= kSayRepeats) say_repeats(pass);
}

void MessageFold::finish(const Pass& pass) {
  say_repeats(pass);
  say_left_out(pass);
}

void MessageFold::say_repeats(const Pass& pass) {
  if (repeats_ == 0) return;
  const std::string text = repeats_ == 1 ? std::string("last message repeated once")
                                         : fmt::format("last message repeated {} times", repeats_);
  repeats_ = 0;
  pass({last_level_, last_room_, text});
}

void MessageFold::say_left_out(const Pass& pass) {
  if (left_out_ == 0) return;
  // What comes now would be taken for the repeat of a message that nobody was shown.
  say_repeats(pass);
  has_last_ = false;
  const std::string text =
      fmt::format("{} messages were left out: more than {} in a second", left_out_, most_per_second_);
  left_out_ = 0;
  pass({MessageLevel::warning, "log", text});
}

void MessageFold::begin_second(MonoTime now, const Pass& pass) {
  if (second_.known() && now - second_ < kSecond) return;
  second_ = now;
  in_second_ = 0;
  say_left_out(pass);
}

}  // namespace conntrail::log
