// TraceSink: what of the tracker's changes `conntrail trace` prints, and how.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/base/output.h"
#include "conntrail/filter/filter.h"
#include "conntrail/track/tracker.h"
#include "conntrail/view/line.h"

namespace conntrail::cli {

// Line types that can be chosen with --only and --no-…
struct LineTypes {
  bool transitions = true;
  bool retransmits = true;
  bool resets = true;
  bool ends = true;
  bool snapshots = true;
};

struct TraceCounts {
  std::uint64_t connections = 0;  // that showed at least one line
  std::uint64_t transitions = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets = 0;
  std::uint64_t ended = 0;
  std::uint64_t lost = 0;
  std::uint64_t lines = 0;  // towards --count: everything but snapshot and lost lines
};

struct TraceFormat {
  bool json = false;
  bool by_connection = false;  // one line per ended connection
  bool fold_older = false;     // older TIME_WAIT sockets that expire in one second are one line
  LineTypes types;
  view::LineStyle style;
};

class TraceSink final : public track::ChangeSink {
 public:
  TraceSink(Output& output, const filter::Filter& filter, TraceFormat format, WallClock clock,
            const ResetReasonNames& reset_reasons);

  // Later lines go by this clock: the host's was set.
  void set_clock(WallClock clock) {
    json_.set_clock(clock);
    text_.set_clock(clock);
  }

  void on_change(const Change& change) override;
  void on_gone(const Connection& connection) override { shown_ids_.erase(connection.id); }

  // Only connections owned by these processes are shown from now on (`trace -- cmd`).
  void follow(std::uint32_t pid) {
    following_ = true;
    followed_.insert(pid);
  }
  [[nodiscard]] bool follows(std::uint32_t pid) const { return followed_.contains(pid); }

  void limit_lines(std::uint64_t count) { line_limit_ = count; }
  [[nodiscard]] bool full() const { return line_limit_ && counts_.lines >= *line_limit_; }

  void print_header();
  // Lines that waited for others of their second; `finish`: nothing more will come.
  void advance(MonoTime now);
  void finish();
  [[nodiscard]] const TraceCounts& counts() const { return counts_; }

 private:
  void on(const Transition& transition);
  void on(const Retransmit& retransmit);
  void on(const Reset& reset);
  void on(const End& end);
  void on(const Correction& correction);
  void on(const Lost& lost);
  void on(const SnapshotMerged& merged);

  [[nodiscard]] bool shows(const Connection* connection, MonoTime now) const;
  [[nodiscard]] bool owner_followed(const Connection* connection) const;
  template <class Of>
  void print(const Of& change) {
    if (format_.json) {
      json_.append(output_.buffer(), change);
    } else {
      text_.append(output_.buffer(), change);
    }
  }
  // The same for what counts towards the limit of lines, and not behind it.
  template <class Of>
  void print_line(const Of& change) {
    if (full()) return;
    ++counts_.lines;
    print(change);
    output_.flush_if_large();
  }
  void count_connection(const Connection& connection);
  void print_folded(const std::vector<view::FoldedExpiry>& folded);

  Output& output_;
  const filter::Filter& filter_;
  TraceFormat format_;
  view::JsonLines json_;
  view::TextLines text_;
  view::ExpiryFold older_;
  TraceCounts counts_;
  std::optional<std::uint64_t> line_limit_;
  bool following_ = false;
  std::unordered_set<std::uint32_t> followed_;
  std::unordered_set<std::uint64_t> shown_ids_;  // living connections that showed a line
};

}  // namespace conntrail::cli
