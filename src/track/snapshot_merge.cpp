#include "snapshot_merge.h"

#include <algorithm>
#include <utility>

#include "lifecycle.h"
#include "missing.h"
#include "owners/owner_evidence.h"
#include "retransmits.h"
#include "row_match.h"
#include "state_order.h"
#include "time_wait_rules.h"

namespace conntrail::track {
namespace {

class Merge {
 public:
  Merge(Core& core, const SnapshotScope& scope) : core_(core), scope_(scope), number_(++core.snapshots) {
    namespaces_ = scope.namespaces;
    std::ranges::sort(namespaces_);
  }

  void take_rows(std::span<const SocketRow> rows) {
    for (const SocketRow& row : rows) {
      if (row.protocol != Protocol::tcp || row.state == TcpState::unknown) continue;
      ++summary_.rows;
      take(row);
    }
  }

  void take_absences();
  void finish();

 private:
  void take(const SocketRow& row);
  void take_state(Record& record, const SocketRow& row);
  Record& open(const SocketRow& row);
  void take_details(Record& record, const SocketRow& row);
  void take_retransmits(Record& record, const SocketRow& row);
  void take_absence(Record& record);
  bool is_covered(const Record& record) const;
  bool knows_better(const Record& record) const {
    return std::max({record.event_time, record.gone_time, record.row_started}) >= scope_.started;
  }

  Core& core_;
  const SnapshotScope& scope_;
  std::uint32_t number_;
  std::vector<std::uint32_t> namespaces_;
  SnapshotMerged summary_;
  bool unsettled_ = false;  // a loss is not repaired yet: see miss_record()
};

void Merge::take(const SocketRow& row) {
  Record* record = find_for_row(core_, row, scope_.has_cookies, number_);
  if (record != nullptr && record->c.gone && !knows_better(*record))
    record = nullptr;  // taken for gone too early
  if (record == nullptr) {
    if (row.state != TcpState::close) take_details(open(row), row);
    return;
  }
  record->snapshot = number_;
  if (record->c.gone) return;
  record->missing_started = {};
  if (record->row_started == scope_.started && record->c.state == row.state) {
    take_details(*record, row);
    return;
  }
  if (knows_better(*record)) {
    take_details(*record, row);
    return;
  }
  take_state(*record, row);
}

void Merge::take_state(Record& record, const SocketRow& row) {
  Connection& c = record.c;
  const bool restored = std::exchange(record.restored, false);
  const bool report = scope_.emit_changes || record.suspect || restored;
  const int step = state_order(row.state) - state_order(c.state);
  const bool other_connection =
      row.kind != SocketKind::time_wait && step < 0 &&
      (c.state == TcpState::close || c.cookie == 0 || record.watch != Watch::none || restored);
  if (restored && step != 0) c.gap = true;  // nobody saw how it came to this state
  if (other_connection) {
    if (record.watch != Watch::none) {
      end_time_wait(core_, record, scope_.finished, Evidence::confirmed);
    } else if (c.state == TcpState::close) {
      report_end(core_, record);
      retire(core_, record, scope_.started);
    } else {
      vanish(core_, record, scope_.finished);
    }
    ++summary_.removed;
    take_details(open(row), row);
    return;
  }
  learn_tuple(core_, record, row.tuple);
  if (row.kind == SocketKind::time_wait) {
    if (row.state != c.state) ++summary_.corrected;
    take_time_wait_row(core_, record, row, scope_.finished, report);
  } else if (step > 0) {
    ++summary_.corrected;
    if (row.state == TcpState::close) c.closed = scope_.finished;
    confirm_state(core_, record, row.state, scope_.finished, report);
  }
  record.request = record.request && row.kind == SocketKind::request;
  take_details(record, row);
}

Record& Merge::open(const SocketRow& row) {
  Record& record = open_record(core_, scope_.has_cookies ? row.cookie : 0, row.tuple);
  Connection& c = record.c;
  const bool news =
      scope_.emit_changes && std::ranges::binary_search(core_.polled_namespaces, row.tuple.netns);
  ++summary_.opened;
  record.snapshot = number_;
  record.polled = scope_.emit_changes;
  record.request = row.kind == SocketKind::request;
  c.existed_before = !news;
  if (row.state != TcpState::listen) doubt_retransmits(c);
  c.gap = core_.loss_pending;
  if (row.state == TcpState::syn_sent) c.direction = Direction::active;
  if (row.state == TcpState::syn_recv) c.direction = Direction::passive;
  if (row.tuple.remote.port != 0 && row.kind != SocketKind::time_wait) {
    record.took_addresses = true;
    take_addresses(core_, record, scope_.finished, Evidence::confirmed);
  }
  c.state = news ? TcpState::close : TcpState::unknown;
  if (row.kind == SocketKind::time_wait && !news) {
    c.ended = true;  // before our time: nothing to report
    record.end_reported = true;
    record.opened_as_time_wait = true;
  }
  confirm_state(core_, record, row.state, scope_.finished, news);
  if (row.kind == SocketKind::time_wait) {
    if (row.state == TcpState::time_wait) c.time_wait_entry_evidence = Evidence::confirmed;
    take_time_wait_row(core_, record, row, scope_.finished, news);
  }
  return record;
}

void Merge::take_details(Record& record, const SocketRow& row) {
  Connection& c = record.c;
  learn_namespace(record, row.tuple);
  if (row.inode != 0) c.inode = row.inode;
  if (row.kind == SocketKind::full) take_socket_uid(record, row.uid);
  if (c.owner.cgroup_id == 0) c.owner.cgroup_id = row.cgroup_id;
  if (scope_.started < record.row_started) return;
  c.receive_queue = row.receive_queue;
  c.send_queue = row.send_queue;
  if (row.backlog) c.backlog = row.backlog;
  if (row.stats && !record.close.seen) c.stats = row.stats;
  take_retransmits(record, row);
  record.row_started = scope_.started;
  record.row_finished = scope_.finished;
  raise_last_event(record, scope_.finished);
}

void Merge::take_retransmits(Record& record, const SocketRow& row) {
  Connection& c = record.c;
  if (row.state == TcpState::listen || (!row.total_retransmits && !row.stats)) return;
  const std::uint32_t counted = row.total_retransmits ? *row.total_retransmits : row.stats->retransmits;
  if (counted > c.retransmits) record.retransmits_included = scope_.started;
  const bool in_handshake = row.state == TcpState::syn_sent || row.state == TcpState::syn_recv;
  (in_handshake ? take_handshake_total : take_total)(c, counted);
  // Without events nobody saw when they were sent.
  if (record.polled && !in_handshake && counted > 0) c.syn_retransmits_unknown = true;
}

bool Merge::is_covered(const Record& record) const {
  return std::ranges::binary_search(namespaces_, record.c.tuple.netns);
}

void Merge::take_absence(Record& record) {
  if (record.snapshot == number_ || knows_better(record)) return;
  if (!is_covered(record)) {
    // Whether there is a time-wait socket stays open, but the full one is gone and its end waits no longer.
    if (record.watch == Watch::doubt) report_end(core_, record);
    if (record.watch != Watch::none) expire_unseen(core_, record, scope_.finished);
    return;
  }
  if (record.watch != Watch::none) {
    ++summary_.removed;
    miss_time_wait(core_, record, scope_.finished);
    return;
  }
  if (scope_.time_wait_only) return;
  if (record.c.state == TcpState::close) {  // in no table: only its descriptor holds it
    if (!record.suspect && !record.restored) return;
    if (record.restored) record.c.gap = true;
    report_end(core_, record);
    retire(core_, record, scope_.finished);
    return;
  }
  if (!miss_record(core_, record, scope_.started, scope_.finished, scope_.emit_changes)) {
    unsettled_ = unsettled_ || record.suspect;
  } else if (record.c.gone) {
    ++summary_.removed;
  }
}

void Merge::take_absences() {
  if (scope_.time_wait_only) {
    const std::vector<std::uint32_t> slots = core_.watch.slots();  // shrinks under our hands
    for (const std::uint32_t slot : slots) take_absence(core_.records.at(slot));
    return;
  }
  core_.records.for_each_living([&](Record& record) { take_absence(record); });
}

void Merge::finish() {
  if (scope_.time_wait_only) return;
  if (core_.loss_pending && !unsettled_ && !scope_.namespaces.empty() && scope_.started >= core_.loss_until) {
    core_.loss_pending = false;
    core_.records.for_each_living([](Record& record) { record.suspect = false; });
  }
  if (scope_.emit_changes) {
    std::vector<std::uint32_t> polled;
    std::ranges::set_union(core_.polled_namespaces, namespaces_, std::back_inserter(polled));
    core_.polled_namespaces = std::move(polled);
  }
  summary_.time = scope_.finished;
  core_.sink.on_change(summary_);
}

}  // namespace

void merge_snapshot(Core& core, const SnapshotScope& scope, std::span<const SocketRow> rows) {
  Merge merge(core, scope);
  merge.take_rows(rows);
  merge.take_absences();
  merge.finish();
  core.look_time = scope.finished;
  if (!scope.time_wait_only) core.listeners.set_steered(scope.steered);
}

}  // namespace conntrail::track
