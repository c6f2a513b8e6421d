// Whole lives of sockets as the kernel tells them (orders and flags as in docs/kernel-support.md).
#pragma once

#include <vector>

#include "script.h"

namespace conntrail::track::script {

using Life = std::vector<SocketEvent>;

inline const Socket kClient = socket(12, "127.0.0.1", 40000, "127.0.0.1", 80);
inline const Socket kServer = socket(13, "127.0.0.1", 80, "127.0.0.1", 40000);
inline const Socket kListener = socket(7, "0.0.0.0", 80);

// connect() at `t`, ESTABLISHED 100 µs later. In SYN_SENT the local port is not chosen yet.
Life connects(const Socket& s, const Task& task, std::int64_t t);
// A child of a listener: SYN_RECV at `t`, ESTABLISHED 10 µs later.
Life is_accepted(const Socket& s, std::int64_t t);
// The same before Linux 6.15.
Life is_accepted_incomplete(const Socket& s, const Socket& listener, std::int64_t t);
Life listens(const Socket& s, const Task& task, std::int64_t t);

// close() before the peer: FIN_WAIT1 at `t`, the ACK 20 µs later, and at once a time-wait socket in
// FIN_WAIT2.
Life closes_first(const Socket& s, const Task& task, std::int64_t t);
// shutdown(SHUT_WR) before the peer; the descriptor stays open until the peer's FIN at `fin`, and until
// `t_close`.
Life half_closes(const Socket& s, const Task& task, std::int64_t t, std::int64_t fin, std::int64_t t_close);
// The peer's FIN at `fin`, close() at `t`, its ACK 20 µs later.
Life closes_second(const Socket& s, const Task& task, std::int64_t fin, std::int64_t t);
// Both FINs cross.
Life closes_at_once(const Socket& s, const Task& task, std::int64_t t);

Life operator+(Life a, const Life& b);

}  // namespace conntrail::track::script
