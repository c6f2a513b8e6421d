// "state" and "exclude": spellings, groups, accumulation, place and transitions.
#include <set>

#include "fixture.h"

namespace conntrail::filter::test {
namespace {

using enum TcpState;

std::set<TcpState> states_of(const std::string& text) {
  const Filter filter = parsed(text);
  std::set<TcpState> result;
  for (int i = 1; i < kTcpStateCount; ++i) {
    Connection c = web();
    c.state = static_cast<TcpState>(i);
    if (filter.matches(c, kNow)) result.insert(c.state);
  }
  return result;
}

const std::set<TcpState> kAll{established, syn_sent,   syn_recv, fin_wait1, fin_wait2, time_wait,
                              close,       close_wait, last_ack, listen,    closing};

std::set<TcpState> without(std::set<TcpState> from, const std::set<TcpState>& taken) {
  for (const TcpState state : taken) from.erase(state);
  return from;
}

TEST(States, every_spelling) {
  const std::vector<std::pair<TcpState, std::vector<std::string>>> spellings{
      {established,
       {"ESTABLISHED", "established", "Established", "estab", "ESTAB", "VERBUNDEN", "verbunden"}},
      {syn_sent, {"SYN_SENT", "syn-sent", "SYN-SENT", "synsent", "SYN_SEND", "SYNC_SEND", "SYNC_SENT"}},
      {syn_recv,
       {"SYN_RECV", "syn-recv", "SYN_RCVD", "syn-rcvd", "SYN-RECEIVED", "SYN_RECEIVED", "new_syn_recv",
        "SYNC_RECEIVED", "SYNC_RECV"}},
      {fin_wait1, {"FIN_WAIT1", "FIN-WAIT-1", "FIN_WAIT_1", "fin-wait1", "finwait1"}},
      {fin_wait2, {"FIN_WAIT2", "FIN-WAIT-2", "FIN_WAIT_2", "fin_wait-2"}},
      {time_wait, {"TIME_WAIT", "time-wait", "TIME-WAIT", "timewait"}},
      {close, {"CLOSE", "closed", "CLOSED", "unconn", "UNCONNECTED"}},
      {close_wait, {"CLOSE_WAIT", "close-wait", "CLOSE-WAIT"}},
      {last_ack, {"LAST_ACK", "last-ack", "LAST-ACK"}},
      {listen, {"LISTEN", "listen", "LISTENING", "listening", "HÖRT"}},
      {closing, {"CLOSING", "closing"}},
  };
  for (const auto& [state, names] : spellings) {
    for (const std::string& name : names) EXPECT_EQ(states_of("state " + name), std::set{state}) << name;
  }
}

TEST(States, groups_are_those_of_ss) {
  const std::set<TcpState> connected = without(kAll, {listen, close});
  EXPECT_EQ(states_of("state all"), kAll);
  EXPECT_EQ(states_of("state connected"), connected);
  EXPECT_EQ(states_of("state synchronized"), without(connected, {syn_sent}));
  EXPECT_EQ(states_of("state bucket"), (std::set{syn_recv, time_wait}));
  EXPECT_EQ(states_of("state big"), without(kAll, {syn_recv, time_wait}));
  EXPECT_EQ(states_of("state CONNECTED"), connected);
}

TEST(States, words_accumulate_from_left_to_right) {
  EXPECT_EQ(states_of("state established state time-wait"), (std::set{established, time_wait}));
  EXPECT_EQ(states_of("state established,time-wait"), (std::set{established, time_wait}));
  EXPECT_EQ(states_of("exclude listening"), without(kAll, {listen}));
  EXPECT_EQ(states_of("excl listening exclude time-wait"), without(kAll, {listen, time_wait}));
  EXPECT_EQ(states_of("state connected exclude time-wait"), without(kAll, {listen, close, time_wait}));
  EXPECT_EQ(states_of("state bucket exclude time-wait state closing"), (std::set{syn_recv, closing}));
  EXPECT_EQ(states_of("exclude all state listen"), std::set{listen});
  EXPECT_EQ(states_of("state = established"), std::set{established});
  EXPECT_EQ(states_of("state != established"), without(kAll, {established}));
  EXPECT_EQ(states_of("exclude ne established"), std::set{established});
}

TEST(States, stand_anywhere_in_the_expression) {
  EXPECT_EQ(states_of("sport = :443 state established"), std::set{established});
  EXPECT_EQ(states_of("state established sport = :443 state time-wait"), (std::set{established, time_wait}));
  EXPECT_EQ(states_of("( sport = :443 state listen ) or state close"), (std::set{listen, close}));
  EXPECT_EQ(states_of("sport = :1 or state close"), std::set{close});
  EXPECT_EQ(states_of("state established or state listen"), (std::set{established, listen}));
}

// As in ss, whose grammar is [state words] [expression].
TEST(States, in_front_and_nowhere_else_hold_for_the_whole_expression) {
  EXPECT_EQ(states_of("state established sport = :443 or sport = :22"), std::set{established});
  EXPECT_EQ(states_of("state established sport = :22 or sport = :443"), std::set{established});
  EXPECT_EQ(states_of("exclude listening sport = :1 or ! sport = :2"), without(kAll, {listen}));
  EXPECT_EQ(states_of("state bucket state listen ! sport = :1 or pid 812"),
            (std::set{syn_recv, time_wait, listen}));
  EXPECT_EQ(states_of("state established comm = state or sport = :443"), std::set{established});  // a name
  // With an operator behind them, or more of them elsewhere, the usual precedence.
  EXPECT_EQ(states_of("state established and sport = :22 or sport = :443"), kAll);
  EXPECT_EQ(states_of("state established sport = :443 or state listen sport = :443"),
            (std::set{established, listen}));
  EXPECT_EQ(states_of("( state established sport = :22 ) or sport = :443"), kAll);
  EXPECT_EQ(states_of("sport = :443 or sport = :22 state established"), kAll);
}

TEST(States, explicit_and_intersects) {
  EXPECT_EQ(states_of("state connected and state bucket"), (std::set{syn_recv, time_wait}));
  EXPECT_EQ(states_of("state established and state time-wait"), std::set<TcpState>{});
  EXPECT_EQ(states_of("(state connected) (state bucket)"), (std::set{syn_recv, time_wait}));
}

TEST(States, negation_covers_the_words_side_by_side) {
  EXPECT_EQ(states_of("not state established"), without(kAll, {established}));
  EXPECT_EQ(states_of("not state established state time-wait"), without(kAll, {established, time_wait}));
  EXPECT_EQ(states_of("! ( state established or state time-wait )"), without(kAll, {established, time_wait}));
  EXPECT_EQ(states_of("! exclude established"), std::set{established});
}

TEST(States, unknown_is_in_all_and_in_what_is_excluded_from_all) {
  Connection c = web();
  c.state = unknown;
  EXPECT_TRUE(holds("state all", c));
  EXPECT_TRUE(holds("exclude listen", c));
  for (const std::string group : {"connected", "synchronized", "bucket", "big"})
    EXPECT_FALSE(holds("state " + group, c)) << group;
  EXPECT_TRUE(holds("state UNKNOWN", c));
  EXPECT_FALSE(holds("exclude unknown", c));
  EXPECT_FALSE(holds("state unknown"));
  // A transition whose beginning nobody saw.
  EXPECT_TRUE(parsed("state unknown").matches_transition(web(), unknown, established, kNow));
  EXPECT_FALSE(parsed("state unknown").matches_transition(web(), syn_recv, established, kNow));
}

TEST(States, a_transition_fits_by_either_of_its_states) {
  const Connection c = web();
  const auto fits = [&](const std::string& text) {
    return parsed(text).matches_transition(c, fin_wait2, time_wait, kNow);
  };
  EXPECT_TRUE(fits("state fin-wait-2"));
  EXPECT_TRUE(fits("state time-wait"));
  EXPECT_FALSE(fits("state established"));  // the record's own state does not count
  EXPECT_TRUE(fits("exclude time-wait"));
  EXPECT_TRUE(fits("not state time-wait"));
  EXPECT_FALSE(fits("exclude time-wait exclude fin-wait-2"));
  EXPECT_FALSE(fits("state time-wait sport = :22"));
}

TEST(States, none_at_all_matches_everything) {
  EXPECT_TRUE(parsed("").matches_everything());
  EXPECT_TRUE(parsed(" \t ").matches_everything());
  EXPECT_TRUE(Filter().matches_everything());
  EXPECT_TRUE(parsed("state all").matches_everything());
  EXPECT_TRUE(parsed("dst *").matches_everything());
  EXPECT_FALSE(parsed("state established").matches_everything());
  EXPECT_TRUE(parsed("dst * or sport = :1").matches_everything());
}

}  // namespace
}  // namespace conntrail::filter::test
