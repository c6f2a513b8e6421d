// Groups of keys that several JSON lines share. docs/records.md has the meaning of each key.
#pragma once

#include <string_view>

#include "conntrail/base/clock.h"
#include "conntrail/base/json_writer.h"
#include "conntrail/model/connection.h"

namespace conntrail::view {

// {"type":"…","time":"…","mono_ns":…  The caller goes on with its keys, each with a comma before it.
void begin_line(JsonWriter& json, std::string_view type, MonoTime time, const WallClock& clock);
// } and a newline.
void end_line(JsonWriter& json);

// cookie (when not 0), netns, netns_cookie, family, local_addr, local_port, remote_addr, remote_port.
void socket_keys(JsonWriter& json, std::uint64_t cookie, const FourTuple& tuple);
// pid, comm, uid, cgroup_id, owner_source, direction; of no record: only that both are unknown.
void owner_keys(JsonWriter& json, const Connection* connection);
// state, when known.
void state_key(JsonWriter& json, TcpState state);
// error, when there is one.
void error_key(JsonWriter& json, int error);

// The array alone, without a key: [{"state":"SYN_SENT","at":"…","for_us":…},…]
void trail_array(JsonWriter& json, const Connection& connection, const WallClock& clock);
// [{"kind":"retransmit","at":"…"},{"kind":"owner","at":"…","from_pid":812,"to_pid":813}]
void marks_array(JsonWriter& json, const Connection& connection, const WallClock& clock);
// [{"pid":812,"comm":"nginx","fd":6},…]
void holders_array(JsonWriter& json, const Connection& connection);

// What the end of a connection and the record as it is now have in common: opened … min_rtt_us, trail,
// trail_dropped, gap. `now` closes what is still open.
// Who closed first and why, as far as it is known.
void cause_keys(JsonWriter& json, const Connection& connection);
void life_keys(JsonWriter& json, const Connection& connection, const WallClock& clock, MonoTime now);

}  // namespace conntrail::view
