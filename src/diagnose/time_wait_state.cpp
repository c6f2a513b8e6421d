#include "time_wait_state.h"

namespace conntrail::diagnose {

Residue residue_at(const Connection& connection, MonoTime now) {
  if (!connection.time_wait) return Residue::none;
  if (connection.state == TcpState::time_wait) return Residue::time_wait;
  if (connection.state != TcpState::fin_wait2) return Residue::none;
  const bool young = connection.closed.known() && now - connection.closed < kSettling;
  return young ? Residue::settling : Residue::waiting;
}

MonoTime time_wait_began(const Connection& connection, MonoTime now) {
  if (connection.time_wait_entered.known()) return connection.time_wait_entered;
  return residue_at(connection, now) == Residue::settling ? connection.closed : MonoTime{};
}

MonoTime time_wait_ended(const Connection& connection) {
  const bool over = connection.time_wait && connection.state == TcpState::close;
  return over ? connection.state_since : MonoTime{};
}

bool was_reused(const Connection& connection) {
  const MonoTime ended = time_wait_ended(connection);
  const MonoTime began = connection.time_wait_entered;
  return ended.known() && began.known() && ended - began < kTimeWaitLength &&
         connection.time_wait_exit_evidence == conntrail::Evidence::event;
}

bool is_open(const Connection& connection) {
  return !connection.ended && connection.state != TcpState::close && connection.state != TcpState::listen;
}

}  // namespace conntrail::diagnose
