#include "conntrail/model/tcp_state.h"

#include <array>
#include <string>

#include "conntrail/base/text.h"

namespace conntrail {
namespace {

constexpr std::array<std::string_view, kTcpStateCount> kNames{
    "UNKNOWN",   "ESTABLISHED", "SYN_SENT",   "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
    "TIME_WAIT", "CLOSE",       "CLOSE_WAIT", "LAST_ACK", "LISTEN",    "CLOSING"};

struct Spelling {
  std::string_view text;  // lower case, without '-' and '_'
  TcpState state;
};

// RFC 9293, netstat, ss, Windows, netstat's German names, and what tutorials write for them.
constexpr std::array<Spelling, 30> kSpellings{{
    {"established", TcpState::established},
    {"estab", TcpState::established},
    {"verbunden", TcpState::established},
    {"synsent", TcpState::syn_sent},
    {"synsend", TcpState::syn_sent},
    {"syncsend", TcpState::syn_sent},
    {"syncsent", TcpState::syn_sent},
    {"synrecv", TcpState::syn_recv},
    {"synrcvd", TcpState::syn_recv},
    {"synreceived", TcpState::syn_recv},
    {"newsynrecv", TcpState::syn_recv},
    {"syncreceived", TcpState::syn_recv},
    {"syncrecv", TcpState::syn_recv},
    {"finwait1", TcpState::fin_wait1},
    {"finwait2", TcpState::fin_wait2},
    {"timewait", TcpState::time_wait},
    {"timew", TcpState::time_wait},
    {"close", TcpState::close},
    {"closed", TcpState::close},
    {"unconn", TcpState::close},
    {"unconnected", TcpState::close},
    {"closewait", TcpState::close_wait},
    {"closew", TcpState::close_wait},
    {"lastack", TcpState::last_ack},
    {"listen", TcpState::listen},
    {"listening", TcpState::listen},
    {"hört", TcpState::listen},
    {"hÖrt", TcpState::listen},
    {"closing", TcpState::closing},
    {"unknown", TcpState::unknown},
}};

}  // namespace

TcpState tcp_state_from_kernel(unsigned value) {
  constexpr unsigned kNewSynRecv = 12;
  constexpr unsigned kBoundInactive = 13;
  if (value < kTcpStateCount) return static_cast<TcpState>(value);
  if (value == kNewSynRecv) return TcpState::syn_recv;
  if (value == kBoundInactive) return TcpState::close;
  return TcpState::unknown;
}

std::string_view tcp_state_name(TcpState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < kNames.size() ? kNames[index] : kNames[0];
}

std::optional<TcpState> parse_tcp_state(std::string_view text) {
  std::string plain = to_lower(text);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_'; });
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == plain) return spelling.state;
  }
  return std::nullopt;
}

}  // namespace conntrail
