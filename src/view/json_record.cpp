// A whole connection record as one JSON object: what `list --json` prints.
#include "conntrail/view/line.h"
#include "durations.h"
#include "evidence.h"
#include "json_parts.h"

namespace conntrail::view {
namespace {

void state_keys(JsonWriter& json, const Connection& connection, MonoTime now) {
  state_key(json, connection.state);
  if (const auto time = age(connection, now)) {
    json.raw(R"(,"age_us":)");
    json.microseconds(*time);
  }
  json.raw(R"(,"ended":)");
  json.boolean(connection.ended);
  json.raw(R"(,"gone":)");
  json.boolean(connection.gone);
  json.raw(R"(,"existed_before":)");
  json.boolean(connection.existed_before);
}

void end_keys(JsonWriter& json, const Connection& connection) {
  if (connection.ended) {
    json.raw(R"(,"end_reason":")");
    json.raw_text(end_reason_name(connection.end_reason));
    json.raw(R"(")");
  }
  cause_keys(json, connection);
  json.raw(R"(,"fin_sent":)");
  json.boolean(connection.fin_sent);
  json.raw(R"(,"fin_received":)");
  json.boolean(connection.fin_received);
  json.raw(R"(,"reset_sent":)");
  json.boolean(connection.reset_sent);
  json.raw(R"(,"reset_received":)");
  json.boolean(connection.reset_received);
}

// Statistics beyond those of an "end" line.
void statistics_keys(JsonWriter& json, const Connection& connection) {
  if (!connection.stats) return;
  json.raw(R"(,"bytes_retransmitted":)");
  json.number(connection.stats->bytes_retransmitted);
  json.raw(R"(,"segments_out":)");
  json.number(connection.stats->segments_out);
  json.raw(R"(,"segments_in":)");
  json.number(connection.stats->segments_in);
}

void mark_keys(JsonWriter& json, const Connection& connection, const WallClock& clock) {
  if (!connection.marks.empty()) {
    json.raw(R"(,"marks":)");
    marks_array(json, connection, clock);
  }
  if (connection.marks_dropped != 0) {
    json.raw(R"(,"marks_dropped":)");
    json.number(connection.marks_dropped);
  }
}

void time_wait_keys(JsonWriter& json, const Connection& connection, const WallClock& clock, MonoTime now) {
  if (connection.time_wait_entered.known()) {
    json.raw(R"(,"time_wait_entered":)");
    json.time(clock.real_ns(connection.time_wait_entered));
  }
  if (const auto left = time_wait_left(connection, now)) {
    json.raw(R"(,"time_wait_left_us":)");
    json.microseconds(*left);
  }
  if (connection.time_wait_entry_evidence != Evidence::none) {
    json.raw(R"(,"time_wait_entry_evidence":")");
    json.raw_text(evidence_name(connection.time_wait_entry_evidence));
    json.raw(R"(")");
  }
  if (connection.time_wait_exit_evidence != Evidence::none) {
    json.raw(R"(,"time_wait_exit_evidence":")");
    json.raw_text(evidence_name(connection.time_wait_exit_evidence));
    json.raw(R"(")");
  }
}

}  // namespace

void JsonLines::append(std::string& out, const Connection& connection, MonoTime now) const {
  JsonWriter json(out);
  begin_line(json, "connection", now, clock_);
  json.raw(R"(,"id":)");
  json.number(connection.id);
  socket_keys(json, connection.cookie, connection.tuple);
  state_keys(json, connection, now);
  owner_keys(json, &connection);
  json.raw(R"(,"holders":)");
  holders_array(json, connection);
  if (connection.inode != 0) {
    json.raw(R"(,"inode":)");
    json.number(connection.inode);
  }
  // An ended connection has no queues; those of the newest snapshot would be of another time.
  if (!connection.ended) {
    json.raw(R"(,"receive_queue":)");
    json.number(connection.receive_queue);
    json.raw(R"(,"send_queue":)");
    json.number(connection.send_queue);
  }
  if (connection.backlog) {
    json.raw(R"(,"backlog":)");
    json.number(*connection.backlog);
  }
  error_key(json, connection.error);
  end_keys(json, connection);
  life_keys(json, connection, clock_, now);
  statistics_keys(json, connection);
  mark_keys(json, connection, clock_);
  time_wait_keys(json, connection, clock_, now);
  end_line(json);
}

}  // namespace conntrail::view
