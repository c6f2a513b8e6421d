// A connection as a row of the table `record`, and back. docs/records.md, "The history database", says what
// each column holds; the view `connection` makes the same in SQL.
//
// Times are kept as small differences, because SQLite stores small integers in few bytes: `base` is the
// earliest time the record knows, and most others are 0 or a few bytes from the one they usually follow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conntrail/model/connection.h"
#include "conntrail/store/history.h"
#include "history/sqlite.h"

namespace conntrail::store {

inline constexpr std::int64_t kBucketNs = std::int64_t{600} * 1'000'000'000;
// The ten minutes a wall time lies in, counted from 1970.
[[nodiscard]] std::int64_t bucket_of(std::int64_t wall_ns);

struct Row {
  std::int64_t id = 0;
  std::int64_t run = 0;
  std::optional<std::int64_t> bucket;  // of the end; empty while something of the connection lives
  std::int64_t flags = 0;
  std::int64_t cookie = 0;
  std::int64_t program = 0;
  std::optional<std::int64_t> pid;
  std::string local_addr;  // empty = not known
  std::uint16_t local_port = 0;
  std::string remote_addr;
  std::uint16_t remote_port = 0;
  std::int64_t base = 0;                          // ns since 1970
  std::optional<std::int64_t> opened;             // ns after base
  std::optional<std::int64_t> established;        // ns after base
  std::optional<std::int64_t> closed;             // ns after base
  std::optional<std::int64_t> last_event;         // ns after base
  std::optional<std::int64_t> state_since;        // ns after last_event, else after base
  std::int64_t seen = 0;                          // as state_since
  std::optional<std::int64_t> time_wait_entered;  // ns after closed, else after base
  std::optional<std::int64_t> time_wait_expires;  // ns after time_wait_entered (closed, base) and 60 s
  std::int64_t retransmits = 0;
  std::int64_t syn_retransmits = 0;
  std::optional<std::int64_t> bytes_sent;  // empty: no statistics at all
  std::optional<std::int64_t> bytes_received;
  std::optional<std::int64_t> segments_out;
  std::optional<std::int64_t> segments_in;
  std::optional<std::int64_t> srtt_us;
  std::optional<std::int64_t> min_rtt_us;
  std::optional<std::int64_t> error;
  // [state, ns after the entry before (after base) or null, state, …]; a step is left when the next is
  // entered.
  std::string trail;
  std::string more;  // what few connections have, as a JSON object; empty = nothing
};

// Names of the columns in the order of bind_row().
inline constexpr std::string_view kRowColumns =
    "id,run,bucket,flags,cookie,program,pid,local_addr,local_port,remote_addr,remote_port,base,opened,"
    "established,closed,last_event,state_since,seen,time_wait_entered,time_wait_expires,retransmits,"
    "syn_retransmits,bytes_sent,bytes_received,segments_out,segments_in,srtt_us,min_rtt_us,error,trail,more";
inline constexpr int kRowColumnCount = 31;

// Everything but `id`, `run` and `program`, which the database gives. `row` is reused for its memory.
void encode_row(const Connection& connection, MonoTime seen, const WallClock& clock, Row& row);
// Files the row under the bucket of its end (or of when it was last seen), as encode_row() does with what is
// gone; the answer is that bucket.
std::int64_t settle_row(const Connection& connection, MonoTime seen, const WallClock& clock, Row& row);
void bind_row(Statement& statement, const Row& row);

// What read_row() wants selected, from `record r LEFT JOIN program p ON p.id = r.program`.
inline constexpr std::string_view kReadColumns =
    "r.id,r.run,r.flags,r.cookie,r.pid,r.local_addr,r.local_port,r.remote_addr,r.remote_port,r.base,r.opened,"
    "r.established,r.closed,r.last_event,r.state_since,r.seen,r.time_wait_entered,r.time_wait_expires,"
    "r.retransmits,r.syn_retransmits,r.bytes_sent,r.bytes_received,r.segments_out,r.segments_in,r.srtt_us,"
    "r.min_rtt_us,r.error,p.netns,p.comm,p.uid,p.cgroup_id";
inline constexpr std::string_view kReadColumnsLong =
    "r.trail,r.more";  // behind them, for read_long_columns()

// False when a value cannot be what a recorder wrote: the row is damaged.
bool read_row(const Statement& statement, const WallClock& clock, HistoryRecord& record);
// Trail and what few connections have; read_row() comes first.
bool read_long_columns(const Statement& statement, HistoryRecord& record);

// The moment, in wall time, a connection is filed under: its end, else when it was last heard of or seen.
[[nodiscard]] std::int64_t settled_ns(const Connection& connection, MonoTime seen, const WallClock& clock);

}  // namespace conntrail::store
