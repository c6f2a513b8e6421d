#include "trace_sink.h"

#include <variant>

namespace conntrail::cli {

TraceSink::TraceSink(Output& output, const filter::Filter& filter, TraceFormat format, WallClock clock,
                     const ResetReasonNames& reset_reasons)
    : output_(output),
      filter_(filter),
      format_(format),
      json_(clock, reset_reasons),
      text_(clock, format.style, reset_reasons) {}

void TraceSink::on_change(const Change& change) {
  std::visit([this](const auto& what) { on(what); }, change);
}

void TraceSink::print_header() {
  if (format_.json) return;
  output_.append(format_.by_connection ? text_.connection_header() : text_.header());
}

bool TraceSink::owner_followed(const Connection* connection) const {
  return !following_ || (connection != nullptr && followed_.contains(connection->owner.pid));
}

// Lines without a record (a reset that no socket sent, a request socket's SYN-ACK) cannot match a filter on
// records, so they show only where everything does.
bool TraceSink::shows(const Connection* connection, MonoTime now) const {
  if (connection == nullptr) return !following_ && filter_.matches_everything();
  return owner_followed(connection) && filter_.matches(*connection, now);
}

void TraceSink::count_connection(const Connection& connection) {
  // A late event about a connection that is gone; it has been counted already.
  if (!connection.gone && shown_ids_.insert(connection.id).second) ++counts_.connections;
}

void TraceSink::on(const Transition& transition) {
  const Connection& connection = *transition.connection;
  if (!owner_followed(&connection)) return;
  if (!filter_.matches_transition(connection, transition.from, transition.to, transition.time)) return;
  ++counts_.transitions;
  count_connection(connection);
  if (!format_.types.transitions || format_.by_connection) return;
  if (format_.fold_older && older_.take(transition)) return;
  print_line(transition);
}

void TraceSink::print_folded(const std::vector<view::FoldedExpiry>& folded) {
  for (const view::FoldedExpiry& one : folded) {
    if (full()) return;
    ++counts_.lines;
    text_.append(output_.buffer(), one);
    output_.flush_if_large();
  }
}

void TraceSink::advance(MonoTime now) {
  if (format_.fold_older) print_folded(older_.due(now));
}

void TraceSink::finish() { print_folded(older_.rest()); }

void TraceSink::on(const Retransmit& retransmit) {
  if (!shows(retransmit.connection, retransmit.time)) return;
  ++counts_.retransmits;
  if (retransmit.connection != nullptr) count_connection(*retransmit.connection);
  if (format_.types.retransmits && !format_.by_connection) print_line(retransmit);
}

void TraceSink::on(const Reset& reset) {
  if (!shows(reset.connection, reset.time)) return;
  ++counts_.resets;
  if (reset.connection != nullptr) count_connection(*reset.connection);
  if (format_.types.resets && !format_.by_connection) print_line(reset);
}

void TraceSink::on(const End& end) {
  const Connection& connection = *end.connection;
  if (!shows(&connection, connection.closed)) return;
  ++counts_.ended;
  count_connection(connection);
  if (!format_.types.ends) return;
  if (!format_.json && format_.by_connection) {
    if (full()) return;
    ++counts_.lines;
    text_.append_connection(output_.buffer(), connection);
    output_.flush_if_large();
  } else {
    print_line(end);
  }
}

void TraceSink::on(const Correction& correction) {
  if (!shows(correction.connection, correction.connection->closed)) return;
  // It belongs to an "end" line that has been counted.
  if (format_.types.ends) print(correction);
}

void TraceSink::on(const Lost& lost) {
  // A loss is always reported: later lines may have a hole.
  counts_.lost += lost.count;
  print(lost);
}

void TraceSink::on(const SnapshotMerged& merged) {
  if (merged.time_wait_only || !format_.types.snapshots || !format_.json) return;
  json_.append(output_.buffer(), merged);
}

}  // namespace conntrail::cli
