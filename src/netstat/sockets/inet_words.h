// The words in rows of Internet tables, in the user's language. Looked up once: a table may have a million
// rows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace conntrail::netstat {

struct StateWord {
  std::string_view text;
  std::string column;  // the same with blanks to the width of its column
};

struct TimerWord {
  std::string_view text;
  bool numbered = false;  // the kernel's number follows the word
};

class InetWords {
 public:
  static constexpr std::size_t kStateWidth = 11;

  // Those of this run; the first call looks them up.
  [[nodiscard]] static const InetWords& get();

  // "ESTABLISHED" … "CLOSING"; empty for 0, "UNKNOWN" for a number TCP does not have.
  [[nodiscard]] const StateWord& tcp_state(std::uint32_t state) const {
    return state < tcp_states_.size() ? tcp_states_[state] : unknown_;
  }
  // "ESTABLISHED", empty, or "UNKNOWN".
  [[nodiscard]] const StateWord& udp_state(std::uint32_t state) const;

  // What stands in a number of seconds before its fraction, as printf has it ("," in German).
  [[nodiscard]] std::string_view decimal_point() const { return decimal_point_; }

  [[nodiscard]] TimerWord tcp_timer(std::uint32_t timer) const;
  [[nodiscard]] TimerWord datagram_timer(std::uint32_t timer) const;

 private:
  InetWords();

  std::array<StateWord, 12> tcp_states_;
  StateWord unknown_;
  std::array<std::string_view, 5> timers_;
  std::string_view unknown_timer_;
  std::string decimal_point_;
};

}  // namespace conntrail::netstat
