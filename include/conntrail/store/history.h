// The history database: one row per connection in SQLite (WAL), written by one recorder, readable by anyone
// meanwhile, with conntrail or with plain sqlite3. docs/records.md has the schema.
//
// Times in the database are nanoseconds since 1970 (UTC). Records read back carry the clock of the run that
// wrote them, so that a record's JSON is the same as the recorder's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/ip_address.h"
#include "conntrail/base/messages.h"
#include "conntrail/base/result.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/history.h"
#include "conntrail/model/host_sample.h"

namespace conntrail::store {

// One run of a recorder.
struct Run {
  std::int64_t id = 0;  // in the database, from 1; 0 = not written yet
  std::string
      boot_id;  // /proc/sys/kernel/random/boot_id: cookies and CLOCK_MONOTONIC mean something within one boot
  std::string kernel;  // release, as uname -r
  std::string source;  // "events" or "polling"
  WallClock clock = WallClock::with_offset(0);
  MonoTime started;
  MonoTime last_commit;    // everything up to here is in the database
  bool clean_end = false;  // false: it still runs, or it was killed
};

// A connection as the database has it. Times inside are CLOCK_MONOTONIC of its run; `clock` turns them into
// wall time.
struct HistoryRecord {
  Connection connection;  // `id` is the database's: unique over all runs
  MonoTime seen;          // when the row was written: ages and durations of a living connection count to here
  std::int64_t run = 0;
  WallClock clock = WallClock::with_offset(0);
};

struct WriterOptions {
  std::string path;
  std::uint64_t max_bytes = std::uint64_t{1} << 30;  // of the database and its WAL together
  Nanoseconds keep{std::int64_t{7} * 24 * 3600 * 1'000'000'000};
  Messages messages;  // at debug: slow commits, and what was retired; said from the writer's thread
};

// What happened to the records that were handed to the writer.
struct WriterTotals {
  std::uint64_t rows_written = 0;  // inserts and updates
  std::uint64_t rows_dropped = 0;  // given up because the database could not take them in time
  std::uint64_t rows_retired = 0;  // deleted for size or age
  std::uint64_t bytes = 0;         // database and WAL now
};

// Writes from a thread of its own; put() and the others only hand over and never wait for the disk. One
// writer per database: a second one fails with a message that names the process holding it.
class HistoryWriter {
 public:
  // Creates the file and its directory where missing, migrates older schemas, closes the runs of recorders
  // that were killed (their gap is marked). An error says which file and what to do; a file that is no
  // history database is never touched.
  [[nodiscard]] static Result<std::unique_ptr<HistoryWriter>> open(const WriterOptions& options,
                                                                   const Run& run);
  ~HistoryWriter();  // commits what is pending; without finish() the run counts as killed
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  // Connections that lived when the last recorder of this boot stopped, with the times of *this* run's clock,
  // to be continued. A put() with the same cookie continues their row.
  [[nodiscard]] const std::vector<Connection>& remembered() const;

  // The host's clock was set. Another run begins; records put from now on, and pending ones, use the new
  // clock. Living connections should be put again, since only the rows of the last run are known to live.
  void change_clock(WallClock clock);
  void put(const Connection& connection, MonoTime now);
  void put(const HostSample& sample);
  void put(const Gap& gap);
  // Much is pending: what can wait should wait, because records beyond the bound are dropped. After a flush()
  // there is room again unless the disk is full.
  [[nodiscard]] bool behind() const;
  // All of the above reaches the disk, in one transaction, within half a second; at once after flush().
  void flush();
  // The first failure since the last call, such as a full disk: told once, the writer goes on trying and
  // keeps what is pending in memory up to a bound.
  [[nodiscard]] std::optional<Error> take_error();
  [[nodiscard]] WriterTotals totals() const;
  // Writes everything and ends the run cleanly.
  [[nodiscard]] Result<void> finish(MonoTime now);

 private:
  class Impl;
  explicit HistoryWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The part of a history query that an index can answer: a superset of what the caller wants, who checks each
// record again. Empty lists mean "any".
struct Condition {
  std::optional<std::int64_t> since_ns;  // still open at, or ended at or after, this wall time
  std::optional<std::int64_t> until_ns;  // opened before it
  std::vector<IpPrefix> remote_prefixes;
  std::vector<std::uint16_t> local_ports;
  std::vector<std::uint16_t> remote_ports;
  bool open_only = false;
};

enum class SortKey : std::uint8_t {
  id,
  opened,
  closed,
  duration,
  connect,
  bytes_sent,
  bytes_received,
  retransmits,
  rtt,
};
[[nodiscard]] std::optional<SortKey> parse_sort_key(
    std::string_view name);  // the JSON key, with or without its unit

// What connections are counted by.
enum class GroupKey : std::uint8_t {
  remote_addr,
  remote_port,
  local_addr,
  local_port,
  comm,
  pid,
  uid,
  end_reason,
  closed_first,
  direction,
  netns,
  family,
  state,
  error,
  cgroup_id,
};
[[nodiscard]] std::optional<GroupKey> parse_group_key(std::string_view name);
[[nodiscard]] std::string_view group_key_name(GroupKey key);

// Reads while a recorder writes, without disturbing it (read-only, WAL snapshot).
class HistoryReader {
 public:
  [[nodiscard]] static Result<HistoryReader> open(const std::string& path);
  HistoryReader(HistoryReader&&) noexcept;
  HistoryReader& operator=(HistoryReader&&) noexcept;
  ~HistoryReader();

  // Records in order of `sort` (unknown values last) until `visit` answers false.
  [[nodiscard]] Result<void> for_each(const Condition& condition, SortKey sort, bool descending,
                                      const std::function<bool(const HistoryRecord&)>& visit) const;
  // The `count` greatest (or least) by `sort` without looking at every row, where nothing but a time range is
  // asked for.
  [[nodiscard]] Result<std::vector<HistoryRecord>> top(const Condition& condition, SortKey sort,
                                                       bool descending, std::size_t count) const;
  // Counted by `key` without looking at every row, largest first.
  [[nodiscard]] Result<std::vector<Group>> group(const Condition& condition, GroupKey key) const;

  [[nodiscard]] Result<std::optional<HistoryRecord>> find(std::uint64_t id) const;
  // The newest connection; a listener only where there is nothing else.
  [[nodiscard]] Result<std::optional<HistoryRecord>> latest() const;
  // Records with these ends, newest first; a port of 0 and an unspecified address mean "any".
  [[nodiscard]] Result<std::vector<HistoryRecord>> find(const Endpoint& one, const Endpoint& other,
                                                        std::size_t most) const;
  // Not gone when last seen, in the newest run of this boot (empty when that was another boot).
  [[nodiscard]] Result<std::vector<HistoryRecord>> living(const std::string& boot_id) const;

  [[nodiscard]] Result<std::vector<Run>> runs() const;
  [[nodiscard]] Result<std::vector<Gap>> gaps(std::optional<std::int64_t> since_ns,
                                              std::optional<std::int64_t> until_ns) const;
  [[nodiscard]] Result<std::vector<HostSample>> samples(const Run& run, std::optional<std::int64_t> since_ns,
                                                        std::optional<std::int64_t> until_ns) const;

 private:
  class Impl;
  explicit HistoryReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// $XDG_STATE_HOME or ~/.local/state for users, /var/lib for root: conntrail/history.db below it.
[[nodiscard]] std::string default_history_path();
[[nodiscard]] std::string boot_id();  // of this boot; empty where /proc does not say

}  // namespace conntrail::store
