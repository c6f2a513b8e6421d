#include "world.h"

#include <gtest/gtest.h>

#include <cmath>

namespace conntrail::diagnose::test {
namespace {

constexpr std::int64_t kBoot = 5'000'000'000'000;  // the interval begins long after it

Endpoint endpoint(std::string_view address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}

void step(Connection& c, TcpState state, double when_s) {
  if (!c.trail.empty()) c.trail.back().left = at(when_s);
  c.trail.push_back({state, at(when_s), {}});
  c.state = state;
  c.state_since = at(when_s);
  c.last_event = at(when_s);
}

std::vector<NamedValue> named(const std::map<std::string, std::int64_t>& values) {
  std::vector<NamedValue> out;
  for (const auto& [name, value] : values) out.push_back({name, value});
  return out;
}

}  // namespace

MonoTime at(double seconds) { return {kBoot + std::llround(seconds * 1e9)}; }

World::World(double interval_s) : interval_s_(interval_s) {
  set("sysctl.ip_local_port_range.low", 32768);
  set("sysctl.ip_local_port_range.high", 60999);
  set("sysctl.ip_local_reserved_ports.in_range", 0);
  set("sysctl.tcp_tw_reuse", 2);
  set("sysctl.tcp_tw_reuse_delay", 1000);
  set("sysctl.tcp_timestamps", 1);
  set("sysctl.tcp_max_tw_buckets", 262144);
  set("sysctl.tcp_fin_timeout", 60);
  set("sysctl.tcp_max_syn_backlog", 4096);
  set("sysctl.tcp_syncookies", 1);
  set("sysctl.tcp_syn_retries", 6);
  set("sysctl.tcp_syn_linear_timeouts", 4);
  set("sysctl.tcp_abort_on_overflow", 0);
  set("sysctl.somaxconn", 4096);
  for (const char* name :
       {"Tcp.OutSegs", "Tcp.RetransSegs", "TcpExt.ListenOverflows", "TcpExt.ListenDrops",
        "TcpExt.SyncookiesSent", "TcpExt.TCPReqQFullDrop", "TcpExt.TCPTimeWaitOverflow", "TcpExt.TCPTimeouts",
        "TcpExt.TCPFastRetrans", "TcpExt.TCPLossProbes", "TcpExt.TCPLossProbeRecovery",
        "TcpExt.TCPSynRetrans", "TcpExt.TCPDSACKRecv", "TcpExt.TWRecycled"}) {
    set(name, 1000);
  }
}

Connection& World::active(const Process& process, std::uint16_t local_port, std::string_view remote,
                          std::uint16_t remote_port, std::string_view local) {
  Connection& c = connections_.emplace_back();
  c.id = connections_.size();
  c.cookie = c.id;
  c.tuple = {kNetns, {}, endpoint(local, local_port), endpoint(remote, remote_port)};
  c.tuple.family = c.tuple.remote.address.family;
  c.direction = Direction::active;
  if (process.pid != 0) {
    c.owner.pid = process.pid;
    c.owner.comm = process.comm;
    c.owner.source = OwnerSource::connect;
  }
  return c;
}

Connection& World::passive(const Process& process, std::uint16_t local_port, std::string_view remote,
                           std::uint16_t remote_port, std::string_view local) {
  Connection& c = active(process, local_port, remote, remote_port, local);
  c.direction = Direction::passive;
  if (process.pid != 0) c.owner.source = OwnerSource::accept;
  return c;
}

Connection& World::listener(const Process& process, std::uint16_t port, std::uint32_t backlog) {
  Connection& c = active(process, port, "0.0.0.0", 0, "0.0.0.0");
  c.direction = Direction::unknown;
  c.owner.source = OwnerSource::listen;
  c.state = TcpState::listen;
  ListenerSample sample;
  sample.cookie = c.cookie;
  sample.local = c.tuple.local;
  sample.family = Family::inet;
  sample.backlog = backlog;
  sample.owner = c.owner;
  first_listeners_.push_back(sample);
  last_listeners_.push_back(sample);
  return c;
}

void World::set(std::string_view name, std::int64_t value) {
  first_[std::string(name)] = value;
  last_[std::string(name)] = value;
}

void World::count(std::string_view name, std::int64_t by) {
  const std::string key(name);
  last_[key] = first_[key] + by;
}

void World::queue(std::uint16_t port, std::uint32_t before, std::uint32_t after, std::uint32_t half_open,
                  std::uint32_t drops) {
  for (std::size_t i = 0; i < first_listeners_.size(); ++i) {
    if (first_listeners_[i].local.port != port) continue;
    first_listeners_[i].accept_queue = before;
    last_listeners_[i].accept_queue = after;
    last_listeners_[i].half_open = half_open;
    first_listeners_[i].drops = 0xffffffff;  // it wraps in between
    last_listeners_[i].drops = drops - 1;
  }
}

Evidence World::evidence() const {
  Evidence out;
  out.from = at(0);
  out.to = at(interval_s_);
  for (const Connection& c : connections_) out.connections.push_back(&c);
  if (!without_samples_) {
    out.samples.push_back({at(0), kNetns, named(first_), first_listeners_});
    out.samples.push_back({at(interval_s_), kNetns, named(last_), last_listeners_});
  }
  out.watched = watched_;
  out.looks = 10;
  out.last_look = out.to;
  out.events = events_;
  out.lost_events = lost_;
  out.reset_reason_name = [](std::uint32_t reason) {
    return reason == 12   ? std::string("TCP_ABORT_ON_CLOSE")
           : reason == 14 ? std::string("TCP_STATE")
                          : std::string();
  };
  return out;
}

void establish(Connection& c, double opened_s, double established_s) {
  step(c, c.direction == Direction::passive ? TcpState::syn_recv : TcpState::syn_sent, opened_s);
  step(c, TcpState::established, established_s);
  c.opened = at(opened_s);
  c.established = at(established_s);
}

void close_first(Connection& c, double closed_s, double now_s) {
  constexpr double kLength = 60;
  step(c, TcpState::fin_wait1, closed_s);
  step(c, TcpState::time_wait, closed_s);
  c.closed = at(closed_s);
  c.ended = true;
  c.fin_sent = c.fin_received = true;
  c.closed_first = ClosedFirst::local;
  c.end_reason = EndReason::normal;
  c.time_wait = true;
  c.time_wait_entered = at(closed_s);
  c.time_wait_expires = at(closed_s + kLength);
  c.time_wait_entry_evidence = conntrail::Evidence::event;
  if (now_s < closed_s + kLength + 1) return;
  step(c, TcpState::close, closed_s + kLength + 1);
  c.gone = true;
  c.time_wait_exit_evidence = conntrail::Evidence::confirmed;
}

void be_reused(Connection& c, double when_s) {
  step(c, TcpState::close, when_s);
  c.gone = true;
  c.time_wait_exit_evidence = conntrail::Evidence::event;
}

void close_second(Connection& c, double closed_s) {
  step(c, TcpState::close_wait, closed_s);
  step(c, TcpState::last_ack, closed_s);
  step(c, TcpState::close, closed_s);
  c.closed = at(closed_s);
  c.ended = c.gone = true;
  c.closed_first = ClosedFirst::remote;
  c.end_reason = EndReason::normal;
}

void leave_in_close_wait(Connection& c, double since_s) {
  step(c, TcpState::close_wait, since_s);
  c.fin_received = true;
  c.closed_first = ClosedFirst::remote;
}

void wait_in_fin_wait2(Connection& c, double closed_s) {
  step(c, TcpState::fin_wait1, closed_s);
  step(c, TcpState::fin_wait2, closed_s);
  c.closed = at(closed_s);
  c.ended = true;
  c.time_wait = true;
  c.closed_first = ClosedFirst::local;
  c.end_reason = EndReason::normal;
}

void fail(Connection& c, double opened_s, double closed_s, EndReason reason, int error) {
  step(c, TcpState::syn_sent, opened_s);
  step(c, TcpState::close, closed_s);
  c.opened = at(opened_s);
  c.closed = at(closed_s);
  c.ended = c.gone = true;
  c.end_reason = reason;
  c.error = error;
}

void fail_without_port(Connection& c, double opened_s) {
  fail(c, opened_s, opened_s + 0.00005, EndReason::aborted, 0);
  c.tuple.local.port = 0;
}

void wait_in_syn_sent(Connection& c, double opened_s, std::uint32_t retransmits) {
  step(c, TcpState::syn_sent, opened_s);
  c.opened = at(opened_s);
  c.retransmits = c.syn_retransmits = retransmits;
}

void reset(Connection& c, double closed_s, bool by_us, std::optional<std::uint32_t> reason) {
  step(c, TcpState::close, closed_s);
  c.closed = at(closed_s);
  c.ended = c.gone = true;
  c.end_reason = by_us ? EndReason::reset_by_local : EndReason::reset_by_peer;
  (by_us ? c.reset_sent : c.reset_received) = true;
  c.reset_reason = reason;
}

void send(Connection& c, std::uint32_t segments, std::uint32_t retransmits) {
  c.stats = SocketStats{};
  c.stats->segments_out = segments;
  c.stats->retransmits = retransmits;
  c.retransmits = retransmits + c.syn_retransmits;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view id) {
  for (const Finding& finding : findings) {
    if (finding.id == id) return &finding;
  }
  return nullptr;
}

std::set<std::string> complaints(const std::vector<Finding>& findings) {
  std::set<std::string> out;
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::info) out.insert(finding.topic + "/" + finding.id);
  }
  return out;
}

namespace {
const FactValue* value_of_fact(const Finding& finding, std::string_view key) {
  for (const Fact& fact : finding.facts) {
    if (fact.key == key) return &fact.value;
  }
  return nullptr;
}
}  // namespace

double number(const Finding& finding, std::string_view key) {
  const FactValue* value = value_of_fact(finding, key);
  if (value == nullptr) return std::nan("");
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  if (const auto* fraction = std::get_if<double>(value)) return *fraction;
  return std::nan("");
}

std::string word(const Finding& finding, std::string_view key) {
  const FactValue* value = value_of_fact(finding, key);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string() : *text;
}

bool has(const Finding& finding, std::string_view key) {
  const FactValue* value = value_of_fact(finding, key);
  return value != nullptr && !std::holds_alternative<std::monostate>(*value);
}

}  // namespace conntrail::diagnose::test
