#include "conntrail/view/finding_json.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "conntrail/base/json_object.h"

namespace conntrail::view {
namespace {

using Clock = std::optional<WallClock>;

// A fact that is not known, or a number that JSON does not have, has no key.
void add_value(JsonObject& object, std::string_view name, const FactValue& value, const Clock& clock) {
  constexpr int kDigits = 6;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    object.number(name, *number);
  } else if (const auto* fraction = std::get_if<double>(&value)) {
    if (std::isfinite(*fraction)) object.key(name).significant(*fraction, kDigits);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    object.text(name, *text);
  } else if (const auto* moment = std::get_if<MonoTime>(&value)) {
    if (moment->known() && clock) object.time(name, clock->real_ns(*moment));
  }
}

void add_facts(JsonObject facts, const Finding& finding, const Clock& clock) {
  for (const Fact& fact : finding.facts) add_value(facts, fact.key, fact.value, clock);
}

void add_evidence(JsonArray rows, const EvidenceTable& table, const Clock& clock) {
  for (const auto& row : table.rows) {
    JsonObject object = rows.object();
    for (std::size_t i = 0; i < table.columns.size() && i < row.size(); ++i)
      add_value(object, table.columns[i], row[i], clock);
  }
}

void add_advice(JsonArray list, const std::vector<Advice>& advice) {
  for (const Advice& one : advice) {
    JsonObject object = list.object();
    object.text("action", one.action);
    if (!one.command.empty()) object.text("command", one.command);
    if (!one.cost.empty()) object.text("cost", one.cost);
  }
}

void add_notes(JsonArray list, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) list.text(note);
}

}  // namespace

void append_finding_json(std::string& out, const Finding& finding, const Clock& clock) {
  JsonWriter json(out);
  JsonObject line(json);
  line.text("type", "finding");
  line.text("severity", severity_name(finding.severity));
  line.text("topic", finding.topic);
  line.text("id", finding.id);
  line.text("summary", finding.summary);
  add_facts(line.object("facts"), finding, clock);
  add_evidence(line.array("evidence"), finding.evidence, clock);
  add_advice(line.array("advice"), finding.advice);
  if (!finding.notes.empty()) add_notes(line.array("notes"), finding.notes);
  line.boolean("asks", finding.asks_for_something());
  line.end();
  json.raw("\n");
}

}  // namespace conntrail::view
