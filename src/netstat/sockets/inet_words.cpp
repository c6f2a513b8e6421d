#include "sockets/inet_words.h"

#include <clocale>

#include "output/columns.h"
#include "output/translation.h"

namespace conntrail::netstat {

namespace {

StateWord state_word(std::string_view text) {
  StateWord word{text, {}};
  append_left(word.column, text, InetWords::kStateWidth);
  return word;
}

}  // namespace

const InetWords& InetWords::get() {
  static const InetWords words;
  return words;
}

// By the kernel's numbers.
InetWords::InetWords()
    : tcp_states_{state_word(""),
                  state_word(translated("ESTABLISHED")),
                  state_word(translated("SYN_SENT")),
                  state_word(translated("SYN_RECV")),
                  state_word(translated("FIN_WAIT1")),
                  state_word(translated("FIN_WAIT2")),
                  state_word(translated("TIME_WAIT")),
                  state_word(translated("CLOSE")),
                  state_word(translated("CLOSE_WAIT")),
                  state_word(translated("LAST_ACK")),
                  state_word(translated("LISTEN")),
                  state_word(translated("CLOSING"))},
      unknown_(state_word(translated("UNKNOWN"))),
      timers_{translated("off"), translated("on"), translated("keepalive"), translated("timewait"),
              translated("probe")},
      unknown_timer_(translated("unkn-")),
      decimal_point_(std::localeconv()->decimal_point) {}

const StateWord& InetWords::udp_state(std::uint32_t state) const {
  static constexpr std::uint32_t kEstablished = 1;
  static constexpr std::uint32_t kUnconnected = 7;
  if (state == kUnconnected) return tcp_states_[0];
  return state == kEstablished ? tcp_states_[kEstablished] : unknown_;
}

TimerWord InetWords::tcp_timer(std::uint32_t timer) const {
  if (timer < timers_.size()) return {timers_[timer], false};
  return {unknown_timer_, true};
}

TimerWord InetWords::datagram_timer(std::uint32_t timer) const {
  if (timer == 0) return {timers_[0], false};
  return timer <= 2 ? TimerWord{timers_[1], true} : TimerWord{unknown_timer_, true};
}

}  // namespace conntrail::netstat
