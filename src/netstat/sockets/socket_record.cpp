#include "sockets/socket_record.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

#include "conntrail/base/text.h"
#include "conntrail/model/tcp_state.h"

namespace conntrail::netstat {

namespace {

constexpr std::uint32_t kTcpListen = 10;

// One end of a socket. `port` is left out where the protocol has none.
struct End {
  IpAddress address;
  std::uint32_t port = 0;
  bool has_port = true;
};

struct EndKeys {
  std::string_view address;
  std::string_view port;
  std::string_view host;
  std::string_view service;
};
constexpr EndKeys kLocal{"local_addr", "local_port", "local_host", "local_service"};
constexpr EndKeys kRemote{"remote_addr", "remote_port", "remote_host", "remote_service"};

class SocketRecord {
 public:
  SocketRecord(RecordWriter& out, const RecordColumns& columns, const Programs& programs, Names& names)
      : out_(out), columns_(columns), programs_(programs), names_(names) {}

  // Addresses are always numbers here; names stand beside them where they are asked for.
  void end(const EndKeys& keys, const End& end, PortNames space) {
    const AddressStyle& style = columns_.shown.addresses;
    AddressScratch scratch;
    out_.text(keys.address, numeric_text(end.address, scratch));
    end.has_port ? out_.unsigned_number(keys.port, end.port & 0xffffU) : out_.absent(keys.port);
    optional_text(keys.host, style.numeric_hosts ? std::string_view() : names_.host(end.address));
    const bool named = !style.numeric_ports && end.port != 0;
    optional_text(keys.service, named ? names_.port(space, end.port & 0xffffU) : std::string_view());
  }

  void no_end(const EndKeys& keys) {
    for (const std::string_view key : {keys.address, keys.port, keys.host, keys.service}) out_.absent(key);
  }

  // A listener's receive queue counts connections.
  void queues(bool listener, std::uint64_t receive, std::uint64_t send) {
    listener ? out_.absent("recv_q_bytes") : out_.unsigned_number("recv_q_bytes", receive);
    listener ? out_.absent("send_q_bytes") : out_.unsigned_number("send_q_bytes", send);
    listener ? out_.unsigned_number("accept_queue", receive) : out_.absent("accept_queue");
  }

  // A socket without an inode is no longer, or not yet, anybody's: its uid says nothing.
  void user(std::int32_t uid, std::uint64_t inode) {
    out_.unsigned_number("uid", static_cast<std::uint32_t>(uid));
    optional_text("user", columns_.shown.numeric_users ? std::string_view() : names_.user(uid));
    inode == 0 ? out_.absent("inode") : out_.unsigned_number("inode", inode);
  }

  void timer(InetTable table, const InetSocket& socket) {
    static constexpr std::array<std::string_view, 5> kNames{"off", "on", "keepalive", "timewait", "probe"};
    static constexpr std::array<std::string_view, 4> kKeys{"timer", "timer_left_s", "timer_retransmits",
                                                           "timer_probes"};
    if (!columns_.shown.timers) {
      for (const std::string_view key : kKeys) out_.absent(key);
      return;
    }
    const bool tcp = table == InetTable::tcp;
    const bool known = socket.timer < (tcp ? kNames.size() : std::size_t{3});
    const std::string_view name = known ? kNames[tcp ? socket.timer : std::min(socket.timer, 1U)] : "unknown";
    out_.text("timer", name);
    if (socket.timer == 0) {
      out_.absent("timer_left_s");
    } else {
      const double rate = tcp ? static_cast<double>(columns_.shown.ticks_per_second) : 100.0;
      out_.decimal("timer_left_s", static_cast<double>(socket.timer_ticks) / rate, 2);
    }
    out_.unsigned_number("timer_retransmits", socket.retransmits);
    out_.number("timer_probes", socket.timeout);
  }

  void no_timer() {
    for (const std::string_view key : {"timer", "timer_left_s", "timer_retransmits", "timer_probes"}) {
      out_.absent(key);
    }
  }

  void addresses(std::string_view key, const std::vector<IpAddress>& list) {
    out_.begin_list(key);
    for (const IpAddress& address : list) {
      AddressScratch scratch;
      out_.list_text(numeric_text(address, scratch));
    }
    out_.end_list();
  }

  void program(std::uint64_t inode, std::uint64_t cookie = 0) {
    const auto holders = columns_.shown.programs ? programs_.holders(inode) : std::span<const Holding>();
    const auto recorded =
        columns_.shown.programs && holders.empty() ? programs_.recorded(cookie) : std::nullopt;
    if (recorded) {
      out_.unsigned_number("pid", recorded->pid);
      out_.text("program", recorded->comm);
      out_.absent("context");
      out_.absent("holders");
      return;
    }
    if (holders.empty()) {
      for (const std::string_view key : {"pid", "program", "context", "holders"}) out_.absent(key);
      return;
    }
    const Process& first = programs_.process(holders.front());
    out_.unsigned_number("pid", parse_number<std::uint32_t>(first.pid).value_or(0));
    out_.text("program", first.name);
    columns_.shown.context ? out_.text("context", first.context) : out_.absent("context");
    columns_.all_holders ? out_.json("holders", holder_list(holders)) : out_.absent("holders");
  }

  void optional_text(std::string_view key, std::string_view text) {
    text.empty() ? out_.absent(key) : out_.text(key, text);
  }

 private:
  [[nodiscard]] std::string holder_list(std::span<const Holding> holders) const {
    std::string text;
    JsonWriter json(text);
    JsonArray list(json);
    for (const Holding& holding : holders) {
      const Process& process = programs_.process(holding);
      JsonObject object = list.object();
      object.number("pid", parse_number<std::uint32_t>(process.pid).value_or(0));
      object.text("program", process.name);
    }
    list.end();
    json.flush();
    return text;
  }

  RecordWriter& out_;
  const RecordColumns& columns_;
  const Programs& programs_;
  Names& names_;
};

std::string_view protocol_word(InetTable table) {
  switch (table) {
    case InetTable::tcp:
      return "tcp";
    case InetTable::udp:
      return "udp";
    case InetTable::udplite:
      return "udplite";
    case InetTable::raw:
      return "raw";
  }
  return {};
}

PortNames port_space(InetTable table) {
  switch (table) {
    case InetTable::tcp:
      return PortNames::tcp;
    case InetTable::raw:
      return PortNames::raw;
    case InetTable::udp:
    case InetTable::udplite:
      break;
  }
  return PortNames::udp;
}

std::string_view unix_type_name(std::uint32_t type) {
  switch (type) {
    case SOCK_STREAM:
      return "STREAM";
    case SOCK_DGRAM:
      return "DGRAM";
    case SOCK_RAW:
      return "RAW";
    case SOCK_RDM:
      return "RDM";
    case SOCK_SEQPACKET:
      return "SEQPACKET";
    default:
      return {};
  }
}

std::string_view unix_state_name(const UnixSocket& socket) {
  static constexpr std::array<std::string_view, 5> kNames{"FREE", "UNCONNECTED", "CONNECTING", "CONNECTED",
                                                          "DISCONNECTING"};
  if (socket.state == kUnconnected && (socket.flags & kAcceptsConnections) != 0) return "LISTENING";
  return socket.state < kNames.size() ? kNames[socket.state] : std::string_view();
}

void write_flags(RecordWriter& out, std::uint64_t flags) {
  out.begin_list("flags");
  if ((flags & kAcceptsConnections) != 0) out.list_text("ACC");
  if ((flags & kWaitsForData) != 0) out.list_text("W");
  if ((flags & kNoSpace) != 0) out.list_text("N");
  out.end_list();
}

}  // namespace

std::string_view record_state(InetTable table, std::uint32_t state) {
  constexpr std::uint32_t kEstablished = 1;
  constexpr std::uint32_t kClose = 7;
  constexpr std::uint32_t kMostStates = 11;
  if (table == InetTable::tcp) {
    return state >= 1 && state <= kMostStates ? tcp_state_name(tcp_state_from_kernel(state))
                                              : std::string_view();
  }
  if (state == kEstablished) return "ESTABLISHED";
  return state == kClose ? "UNCONNECTED" : std::string_view();
}

void write_inet_record(RecordWriter& out, InetTable table, const InetSocket& socket,
                       const RecordColumns& columns, const Programs& programs, Names& names) {
  SocketRecord record(out, columns, programs, names);
  const bool raw = table == InetTable::raw;
  out.begin("socket");
  out.text("proto", protocol_word(table));
  out.text("family", family_name(socket.family()));
  // The local port of a raw socket is the number of its protocol.
  raw ? out.unsigned_number("ip_protocol", socket.local_port) : out.absent("ip_protocol");
  record.end(kLocal, {socket.local, socket.local_port, !raw}, port_space(table));
  record.end(kRemote, {socket.remote, raw ? 0 : socket.remote_port, !raw}, port_space(table));
  record.optional_text("state", record_state(table, socket.state));
  record.queues(table == InetTable::tcp && socket.state == kTcpListen, socket.receive_queue,
                socket.send_queue);
  record.user(socket.uid, socket.inode);
  record.program(socket.inode, socket.cookie);
  record.timer(table, socket);
  out.absent("local_addrs");
  out.absent("remote_addrs");
  out.end();
}

void write_sctp_record(RecordWriter& out, const SctpSocket& socket, const RecordColumns& columns,
                       const Programs& programs, Names& names) {
  SocketRecord record(out, columns, programs, names);
  const auto end = [&](const EndKeys& keys, const std::vector<IpAddress>& list, std::int32_t port) {
    if (list.empty()) {
      record.no_end(keys);
    } else {
      record.end(keys, {list.front(), static_cast<std::uint32_t>(port)}, PortNames::none);
    }
  };
  out.begin("socket");
  out.text("proto", "sctp");
  out.text("family", family_name(socket.local.empty() ? Family::inet : socket.local.front().family));
  out.absent("ip_protocol");
  end(kLocal, socket.local, socket.local_port);
  end(kRemote, socket.remote, socket.remote_port);
  record.optional_text("state", record_state(InetTable::tcp, static_cast<std::uint32_t>(socket.state)));
  if (socket.association) {
    record.queues(false, socket.receive_queue, socket.send_queue);
  } else {
    for (const std::string_view key : {"recv_q_bytes", "send_q_bytes", "accept_queue"}) out.absent(key);
  }
  record.user(socket.uid, socket.inode);
  record.program(socket.inode);
  record.no_timer();
  record.addresses("local_addrs", socket.local);
  record.addresses("remote_addrs", socket.remote);
  out.end();
}

void write_unix_record(RecordWriter& out, const UnixSocket& socket, const RecordColumns& columns,
                       const Programs& programs, const UnixPeer& peer) {
  class NoNames final : public Names {
    void want_host(const IpAddress& /*address*/) override {}
    void resolve() override {}
    std::string_view host(const IpAddress& /*address*/) override { return {}; }
    std::string_view port(PortNames /*space*/, std::uint32_t /*port*/) override { return {}; }
    std::string_view user(std::int32_t /*uid*/) override { return {}; }
  } no_names;
  SocketRecord record(out, columns, programs, no_names);
  out.begin("unix_socket");
  record.optional_text("socket_type", unix_type_name(socket.type));
  record.optional_text("state", unix_state_name(socket));
  write_flags(out, socket.flags);
  out.unsigned_number("refcount", socket.references);
  socket.inode == 0 ? out.absent("inode") : out.unsigned_number("inode", socket.inode);
  record.optional_text("path", socket.path);
  record.program(socket.inode);
  peer.inode == 0 ? out.absent("peer_inode") : out.unsigned_number("peer_inode", peer.inode);
  const auto holders = peer.asked ? programs.holders(peer.inode) : std::span<const Holding>();
  if (holders.empty()) {
    out.absent("peer_pid");
    out.absent("peer_program");
  } else {
    const Process& process = programs.process(holders.front());
    out.unsigned_number("peer_pid", parse_number<std::uint32_t>(process.pid).value_or(0));
    out.text("peer_program", process.name);
  }
  out.end();
}

}  // namespace conntrail::netstat
