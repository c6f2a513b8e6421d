// Snapshots: the sockets of a host as they are now, from sock_diag, the BPF iterators or /proc/net.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/result.h"
#include "conntrail/model/socket_row.h"

namespace conntrail::kernel {
class SocketIterators;
class OwnerIterator;
}  // namespace conntrail::kernel

namespace conntrail::snapshot {

enum class Source : std::uint8_t { automatic, diag, bpf, proc };
[[nodiscard]] std::optional<Source> parse_source(std::string_view text);  // auto|diag|bpf|proc
[[nodiscard]] std::string_view source_name(Source source);

// A network namespace, and what leads to it: a process or thread in it, a mounted name (/run/netns,
// /run/docker/netns), another bind mount, an open descriptor, or only a socket that was made in it.
struct NetworkNamespace {
  std::uint32_t inode = 0;
  std::uint64_t cookie = 0;  // see NamespaceId; 0 = not asked for, then any with that inode is meant
  std::string path;       // a path that opens it, such as /proc/PID/ns/net; empty: only a socket leads to it
  std::string name;       // the mounted name, empty when there is none
  std::uint32_t pid = 0;  // a process in it (its /proc/PID/net is this namespace's), 0 when none is known
  std::uint32_t socket_pid = 0;  // a process that holds a socket of it, and which descriptor that is
  std::int32_t socket_fd = -1;
};

[[nodiscard]] Result<NetworkNamespace> own_namespace();
// All that can be seen; the own one first. What could not be read (no privilege) is counted in `unreadable`.
struct NamespaceList {
  std::vector<NetworkNamespace> namespaces;
  std::uint64_t unreadable = 0;  // processes whose namespace could not be read
  // Everything that can hold a namespace was looked at: one that is not in the list does not exist.
  bool exhaustive = false;
};
// What a process, a thread or a mounted name keeps: some microseconds a process. Given `search`, then also
// what only a descriptor, a socket or a mount elsewhere keeps; for that every descriptor of the host is
// looked at, no longer than this.
[[nodiscard]] Result<NamespaceList> list_namespaces(Nanoseconds search = Nanoseconds{0});
// Those that have a mounted name: some microseconds each.
[[nodiscard]] std::vector<NetworkNamespace> named_namespaces();
// The cookie of the namespace that it leads to now, entered for that; 0 before Linux 5.14.
[[nodiscard]] Result<std::uint64_t> ask_cookie(const NetworkNamespace& target);
// Whether its path or socket still leads to it.
[[nodiscard]] bool is_reachable(const NetworkNamespace& target);
// Time-wait sockets of the namespace by the kernel's own count (/proc/net/sockstat); empty when it cannot be
// read. A number counts for IPv4 and IPv6 together.
[[nodiscard]] std::optional<std::size_t> count_time_wait(const NetworkNamespace& target);
// A mounted name ("blue"), a path, or a PID.
[[nodiscard]] Result<NetworkNamespace> find_namespace(std::string_view name_path_or_pid);

struct Request {
  bool tcp = true;
  bool udp = false;
  bool inet = true;
  bool inet6 = true;
  bool time_wait_only = false;  // only TIME_WAIT and FIN_WAIT2 minisocks
  // Fill SocketRow::stats (sock_diag: INET_DIAG_INFO), and make `retransmits` and `probes` exact: sock_diag
  // alone has but one of the two per socket.
  bool statistics = false;
  // SocketRow::retransmits of a request socket as /proc/net/tcp counts it: how often its timer expired.
  // sock_diag tells how often its SYN-ACK was sent again, which differs for a client that repeats its SYN.
  // One half-open connection makes a reader by sock_diag read the text of the whole table as well.
  bool request_timeouts = false;
  Source source = Source::automatic;
  std::vector<NetworkNamespace> namespaces;  // empty: the caller's own only
  // Programs loaded before, used for source `bpf`; without them each call loads its own (some 20 ms).
  const kernel::SocketIterators* iterators = nullptr;
};

// Lines of one /proc/net file that were no sockets ("bogus" in netstat's words) and were passed over.
struct MalformedLines {
  Protocol protocol = Protocol::tcp;
  Family family = Family::inet;
  std::uint64_t count = 0;
};

struct Snapshot {
  MonoTime started;
  MonoTime finished;
  Source source = Source::automatic;  // the one that was used
  // Per namespace: TCP IPv4, TCP IPv6, UDP IPv4, UDP IPv6, each in the order of /proc/net, which sock_diag
  // shares (iter/tcp does, too; iter/udp walks another table).
  std::vector<SocketRow> rows;
  std::vector<std::uint32_t> complete_namespaces;  // read without error
  std::vector<NamespaceId> cookies;                // of those whose rows have a cookie
  // Asked for by a cookie, and what has the inode number now has another one: these are gone.
  std::vector<std::uint32_t> replaced_namespaces;
  // Of those that were entered: where a BPF program may choose the listener of a new connection.
  std::vector<std::uint32_t> steered_namespaces;
  std::vector<std::string> notes;         // one line each: what could not be read and why
  std::vector<MalformedLines> malformed;  // per /proc/net file that had any
};

// With `automatic` each table is asked for by sock_diag, and read from /proc/net where sock_diag is refused
// or missing (`notes` says so). A namespace that cannot be entered or read makes a note and is left out of
// complete_namespaces; an error is returned only when nothing could be read at all. The calling thread never
// leaves its own namespace, and no descriptor outlives the call.
[[nodiscard]] Result<Snapshot> take(const Request& request);
// The same, row by row, for tables that must not hold a million rows in memory; `rows` stays empty. For other
// namespaces than the own one `row` is called on a thread that lives in them while the caller waits, never on
// two at once.
[[nodiscard]] Result<Snapshot> stream(const Request& request,
                                      const std::function<void(const SocketRow&)>& row);

struct OwnerScan {
  std::vector<SocketHolder> holders;  // by pid, then fd
  OwnerMethod method = OwnerMethod::automatic;
  bool complete = false;         // every process could be seen and read
  std::uint64_t unreadable = 0;  // processes whose file table could not be read
  std::vector<std::string> notes;
};

// `task_file` sees TCP and UDP sockets only and knows their cookies; `proc_fd` sees sockets of every kind,
// without cookies, but not what a thread with a file table of its own (unshare(CLONE_FILES)) holds.
// `automatic` begins with /proc and changes to task_file when that takes longer than loading BPF would, or
// when not every process could be read; given `iterator` (loaded before) it uses that at once.
[[nodiscard]] Result<OwnerScan> scan_owners(OwnerMethod method = OwnerMethod::automatic,
                                            const kernel::OwnerIterator* iterator = nullptr);

// Every descriptor of a process that refers to a socket of any kind, by ascending pid, from iter/task_file:
// the same as the links in /proc/PID/fd, where this process may see all of them and /proc shows its own pid
// namespace. Loading BPF costs some 20 ms.
[[nodiscard]] Result<void> stream_socket_files(const std::function<void(const SocketFile&)>& file);

// Two ends of a UNIX connection, by inode.
struct UnixPeering {
  std::uint64_t inode = 0;
  std::uint64_t peer = 0;
};
struct UnixPeerings {
  std::vector<UnixPeering> pairs;
  bool interrupted = false;  // changed while they were read, again and again: some may be missing
};
// Every UNIX socket of the calling thread's namespace that is connected, by unix_diag.
[[nodiscard]] Result<UnixPeerings> read_unix_peers();

}  // namespace conntrail::snapshot
