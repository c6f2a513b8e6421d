// Diagnoses: each a pure function from evidence to findings. No clock, no kernel: live, recorded and captured
// evidence give the same answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/connection.h"
#include "conntrail/model/finding.h"
#include "conntrail/model/host_sample.h"
#include "conntrail/model/reset_reason_names.h"

namespace conntrail::diagnose {

// What one living connection did between the looks at the table, by its queues and byte counts.
struct Watched {
  MonoTime unread_since;  // octets wait in the receive queue, and none was read since; unknown: none do
  MonoTime unsent_since;  // octets wait in the send queue, and none went out or was acknowledged since
  MonoTime moved;         // last look by which it had sent something, or the process had read something
  bool operator==(const Watched&) const = default;
};

struct Evidence {
  MonoTime from;  // the interval that was observed
  MonoTime to;
  // Every connection that lived at some moment of the interval, as it was at its end (or at `to`); listeners
  // too.
  std::vector<const Connection*> connections;
  // By time; at least one near each end of the interval for every namespace with connections, where they
  // could be read.
  std::vector<HostSample> samples;
  // By the connection's id; those without anything in their queues, or in CLOSE_WAIT, are not in it.
  std::unordered_map<std::uint64_t, Watched> watched;
  std::size_t looks = 0;  // at the whole table; below 2 they tell nothing
  MonoTime last_look;
  bool events = true;                  // false: snapshots only; short connections may be missing
  std::uint64_t lost_events = 0;       // in the interval
  ResetReasonNames reset_reason_name;  // of the kernel the evidence is from
};

struct Topic {
  std::string_view name;     // as typed: "time-wait"
  std::string_view summary;  // for --help
  std::vector<Finding> (*run)(const Evidence& evidence);
};
// time-wait, connect, close-wait, listen, retransmit, queues.
[[nodiscard]] std::span<const Topic> topics();
[[nodiscard]] const Topic* find_topic(std::string_view name);

// All topics (or the one), worst first; a healthy host gives findings of severity info or none.
[[nodiscard]] std::vector<Finding> run(const Evidence& evidence, const Topic* only = nullptr);
// What was looked at and gave no finding that asks for something, in a word or two each: "connects (p99
// 31.0µs)", "accept queues". What could not be looked at is not in it.
[[nodiscard]] std::vector<std::string> fine(const Evidence& evidence, const std::vector<Finding>& findings,
                                            const Topic* only = nullptr);

}  // namespace conntrail::diagnose
