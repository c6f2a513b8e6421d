#include "script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace conntrail::track::script {
namespace {

std::int64_t in_us(MonoTime time) { return (time.ns - kBoot) / 1000; }

std::string time_text(MonoTime time) { return time.known() ? std::to_string(in_us(time)) : "?"; }

std::string owner_text(const Owner& owner) {
  std::string text = owner.known() ? owner.comm + "/" + std::to_string(owner.pid) : "-";
  return text + " " + std::string(owner_source_name(owner.source));
}

std::string_view evidence_text(Evidence evidence) {
  switch (evidence) {
    case Evidence::none:
      return "none";
    case Evidence::event:
      return "event";
    case Evidence::expected:
      return "expected";
    case Evidence::confirmed:
      return "confirmed";
  }
  return "";
}

struct Writer {
  std::ostringstream out;

  void operator()(const Transition& t) {
    out << tcp_state_name(t.from) << " > " << tcp_state_name(t.to) << " @" << time_text(t.time);
    if (t.after) out << " after " << t.after->count() / 1000;
    if (t.error != 0) out << " error " << t.error;
    if (t.evidence != Evidence::event) out << " " << evidence_text(t.evidence);
    out << " [" << owner_text(t.connection->owner) << "]";
  }
  void operator()(const Retransmit& r) {
    out << "retransmit" << (r.synack ? " synack" : "") << " #" << r.count << " in "
        << tcp_state_name(r.state);
  }
  void operator()(const Reset& r) {
    out << "reset " << (r.sent ? "sent" : "received") << (r.connection == nullptr ? " by nobody" : "");
  }
  void operator()(const End& e) {
    const Connection& c = *e.connection;
    out << "end " << end_reason_name(c.end_reason) << ", first " << closed_first_name(c.closed_first)
        << (c.time_wait ? ", time_wait" : "") << (c.gap ? ", gap" : "") << " [" << owner_text(c.owner) << "]";
  }
  void operator()(const Correction& e) {
    const Connection& c = *e.connection;
    out << "correction " << end_reason_name(c.end_reason) << ", first " << closed_first_name(c.closed_first)
        << (c.time_wait ? ", time_wait" : "");
  }
  void operator()(const Lost& l) { out << "lost " << l.count; }
  void operator()(const SnapshotMerged& s) {
    out << "snapshot " << s.rows << " rows, " << s.opened << " opened, " << s.corrected << " corrected, "
        << s.removed << " removed";
  }
};

std::uint64_t cookie_of(const Change& change) {
  return std::visit(
      [](const auto& c) -> std::uint64_t {
        if constexpr (requires { c.connection; }) return c.connection != nullptr ? c.connection->cookie : 0;
        return 0;
      },
      change);
}

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

}  // namespace

FourTuple tuple(std::string_view local, std::uint16_t local_port, std::string_view remote,
                std::uint16_t remote_port, Family family) {
  FourTuple t;
  t.netns = kNetns;
  t.local = {address(local), local_port};
  t.family = family == Family::unspecified ? t.local.address.family : family;
  t.remote.port = remote_port;
  if (!remote.empty()) {
    t.remote.address = address(remote);
  } else {
    t.remote.address.family = t.family;
  }
  return t;
}

Socket socket(std::uint64_t cookie, std::string_view local, std::uint16_t local_port, std::string_view remote,
              std::uint16_t remote_port, Family family) {
  return {cookie, tuple(local, local_port, remote, remote_port, family), 0xffff888000000000ULL + cookie * 64};
}

Ev::Ev(const Socket& socket, EventKind kind, TcpState from, TcpState to) {
  e_.kind = kind;
  e_.from = from;
  e_.to = to;
  e_.cookie = socket.cookie;
  e_.sk = socket.sk;
  e_.tuple = socket.tuple;
  e_.socket_uid = 1000;
  running(kBystander);
}

Ev& Ev::running(const Task& task) {
  e_.task_pid = task.pid;
  e_.task_uid = task.uid;
  e_.task_comm = {};
  std::copy_n(task.comm.begin(), std::min(task.comm.size(), e_.task_comm.size()), e_.task_comm.begin());
  e_.cgroup_id = task.pid * 10ULL;
  return *this;
}

Ev& Ev::by(const Task& task) {
  e_.owned = true;
  return running(task);
}

Ev& Ev::incomplete_clone_of(const Socket& listener) {
  e_.clone_incomplete = true;
  e_.cookie = listener.cookie;
  e_.tuple = listener.tuple;
  return *this;
}

SocketRow row(const Socket& socket, TcpState state) {
  SocketRow r;
  r.state = state;
  r.tuple = socket.tuple;
  r.cookie = socket.cookie;
  r.inode = socket.cookie + 5000;
  r.uid = 1000;
  return r;
}

SocketRow time_wait_row(const Socket& socket, TcpState substate, Nanoseconds left) {
  SocketRow r = row(socket, substate);
  r.kind = SocketKind::time_wait;
  r.inode = 0;
  r.uid = 0;
  r.timer = TimerKind::time_wait;
  r.timer_left = left;
  return r;
}

SnapshotScope scope(std::int64_t started, std::int64_t finished) {
  SnapshotScope s;
  s.started = us(started);
  s.finished = us(finished);
  s.namespaces = {kNetns};
  return s;
}

SnapshotScope time_wait_scope(std::int64_t started, std::int64_t finished) {
  SnapshotScope s = scope(started, finished);
  s.time_wait_only = true;
  return s;
}

void Diary::on_change(const Change& change) {
  Writer writer;
  std::visit(writer, change);
  lines_.push_back({cookie_of(change), writer.out.str()});
}

std::vector<std::string> Diary::of(std::uint64_t cookie) const {
  std::vector<std::string> texts;
  for (const Line& line : lines_) {
    if (line.cookie == cookie) texts.push_back(line.text);
  }
  return texts;
}

std::vector<std::string> Diary::all() const {
  std::vector<std::string> texts;
  texts.reserve(lines_.size());
  for (const Line& line : lines_) texts.push_back(std::to_string(line.cookie) + ": " + line.text);
  return texts;
}

std::string portrait(const Connection& c) {
  std::ostringstream out;
  out << tcp_state_name(c.state) << " since " << time_text(c.state_since) << ", " << to_string(c.tuple.local)
      << " - " << to_string(c.tuple.remote) << ", " << direction_name(c.direction) << ", owner "
      << owner_text(c.owner) << "\n";
  out << "opened " << time_text(c.opened) << ", established " << time_text(c.established) << ", closed "
      << time_text(c.closed) << (c.ended ? ", ended" : "") << (c.gone ? ", gone" : "")
      << (c.existed_before ? ", existed before" : "") << (c.gap ? ", gap" : "") << "\n";
  out << "end " << end_reason_name(c.end_reason) << ", first " << closed_first_name(c.closed_first)
      << ", error " << c.error << ", fins " << c.fin_sent << c.fin_received << ", resets " << c.reset_sent
      << c.reset_received << ", retransmits " << c.retransmits << "/" << c.syn_retransmits << "\n";
  out << "time_wait " << c.time_wait << " " << time_text(c.time_wait_entered) << " - "
      << time_text(c.time_wait_expires) << ", " << evidence_text(c.time_wait_entry_evidence) << ", "
      << evidence_text(c.time_wait_exit_evidence) << "\n";
  for (const TrailStep& step : c.trail) {
    out << tcp_state_name(step.state) << " " << time_text(step.entered) << "-" << time_text(step.left)
        << "; ";
  }
  // Of owners that come out of order only the best is kept: between which two it changed is then not known.
  for (const Mark& mark : c.marks) {
    if (mark.kind != MarkKind::owner) out << mark_kind_name(mark.kind) << " " << time_text(mark.time) << "; ";
  }
  return out.str();
}

const Connection* Stage::find(std::uint64_t cookie) const {
  const Connection* newest = nullptr;
  tracker.for_each([&](const Connection& c) {
    if (c.cookie == cookie && (newest == nullptr || c.id > newest->id)) newest = &c;
  });
  return newest;
}

const Connection& Stage::get(std::uint64_t cookie) const {
  static const Connection none;
  const Connection* found = find(cookie);
  EXPECT_NE(found, nullptr) << "no record of cookie " << cookie;
  return found != nullptr ? *found : none;
}

std::size_t Stage::count(std::uint64_t cookie) const {
  std::size_t n = 0;
  tracker.for_each([&](const Connection& c) { n += c.cookie == cookie ? 1U : 0U; });
  return n;
}

}  // namespace conntrail::track::script
