// One JSON object per change.
#include "conntrail/view/line.h"
#include "durations.h"
#include "evidence.h"
#include "json_parts.h"

namespace conntrail::view {
void JsonLines::append(std::string& out, const Transition& change) const {
  JsonWriter json(out);
  begin_line(json, "transition", change.time, clock_);
  if (change.connection != nullptr) socket_keys(json, change.connection->cookie, change.connection->tuple);
  json.raw(R"(,"from":")");
  json.raw_text(tcp_state_name(change.from));
  json.raw(R"(","to":")");
  json.raw_text(tcp_state_name(change.to));
  json.raw(R"(")");
  if (change.after) {
    json.raw(R"(,"after_us":)");
    json.microseconds(*change.after);
  }
  owner_keys(json, change.connection);
  error_key(json, change.error);
  if (change.evidence == Evidence::confirmed || change.evidence == Evidence::expected) {
    json.raw(R"(,"evidence":")");
    json.raw_text(evidence_name(change.evidence));
    json.raw(R"(")");
  }
  end_line(json);
}

void JsonLines::append(std::string& out, const Retransmit& change) const {
  JsonWriter json(out);
  begin_line(json, "retransmit", change.time, clock_);
  socket_keys(json, change.connection != nullptr ? change.connection->cookie : 0, change.tuple);
  state_key(json, change.state);
  json.raw(R"(,"synack":)");
  json.boolean(change.synack);
  if (change.count != 0) {
    json.raw(R"(,"count":)");
    json.number(change.count);
  }
  owner_keys(json, change.connection);
  end_line(json);
}

void JsonLines::append(std::string& out, const Reset& change) const {
  JsonWriter json(out);
  begin_line(json, "reset", change.time, clock_);
  socket_keys(json, change.connection != nullptr ? change.connection->cookie : 0, change.tuple);
  state_key(json, change.state);
  json.raw(R"(,"sent":)");
  json.boolean(change.sent);
  if (change.reason) {
    json.raw(R"(,"reason":)");
    json.number(*change.reason);
    const std::string name = reset_reasons_ ? reset_reasons_(*change.reason) : std::string();
    if (!name.empty()) {
      json.raw(R"(,"reason_name":)");
      json.string(name);
    }
  }
  owner_keys(json, change.connection);
  end_line(json);
}

void JsonLines::append(std::string& out, const End& change) const {
  append_end(out, "end", change.connection);
}

void JsonLines::append(std::string& out, const Correction& change) const {
  append_end(out, "correction", change.connection);
}

void JsonLines::append_end(std::string& out, std::string_view type, const Connection* ended) const {
  if (ended == nullptr) return;
  const Connection& connection = *ended;
  JsonWriter json(out);
  begin_line(json, type, end_time(connection), clock_);
  socket_keys(json, connection.cookie, connection.tuple);
  owner_keys(json, &connection);
  error_key(json, connection.error);
  json.raw(R"(,"end_reason":")");
  json.raw_text(end_reason_name(connection.end_reason));
  json.raw(R"(")");
  cause_keys(json, connection);
  life_keys(json, connection, clock_, connection.closed);
  end_line(json);
}

void JsonLines::append(std::string& out, const Lost& change) const {
  JsonWriter json(out);
  begin_line(json, "lost", change.to, clock_);
  json.raw(R"(,"count":)");
  json.number(change.count);
  if (change.from.known()) {
    json.raw(R"(,"from":)");
    json.time(clock_.real_ns(change.from));
  }
  if (change.to.known()) {
    json.raw(R"(,"to":)");
    json.time(clock_.real_ns(change.to));
  }
  end_line(json);
}

void JsonLines::append(std::string& out, const SnapshotMerged& change) const {
  JsonWriter json(out);
  begin_line(json, "snapshot", change.time, clock_);
  json.raw(R"(,"time_wait_only":)");
  json.boolean(change.time_wait_only);
  json.raw(R"(,"rows":)");
  json.number(change.rows);
  json.raw(R"(,"records_opened":)");
  json.number(change.opened);
  json.raw(R"(,"records_corrected":)");
  json.number(change.corrected);
  json.raw(R"(,"records_removed":)");
  json.number(change.removed);
  end_line(json);
}

}  // namespace conntrail::view
