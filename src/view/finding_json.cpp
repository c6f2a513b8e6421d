#include "conntrail/view/finding_json.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "conntrail/base/text.h"

namespace conntrail::view {
namespace {

// False when there is nothing to write: not known, or no number that JSON has.
bool append_value(std::string& out, const FactValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
  } else if (const auto* fraction = std::get_if<double>(&value)) {
    if (!std::isfinite(*fraction)) return false;
    out += fmt::format("{:.6g}", *fraction);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    append_json_string(out, *text);
  } else {
    return false;
  }
  return true;
}

class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, name);
    out_ += ':';
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
  }
  void value(std::string_view name, const FactValue& value) {
    std::string written;
    if (!append_value(written, value)) return;
    key(name);
    out_ += written;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_facts(std::string& out, const Finding& finding) {
  Object facts(out);
  for (const Fact& fact : finding.facts) facts.value(fact.key, fact.value);
  facts.end();
}

void append_evidence(std::string& out, const EvidenceTable& table) {
  out += '[';
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (row > 0) out += ',';
    Object object(out);
    for (std::size_t i = 0; i < table.columns.size() && i < table.rows[row].size(); ++i)
      object.value(table.columns[i], table.rows[row][i]);
    object.end();
  }
  out += ']';
}

void append_advice(std::string& out, const std::vector<Advice>& advice) {
  out += '[';
  for (std::size_t i = 0; i < advice.size(); ++i) {
    if (i > 0) out += ',';
    Object object(out);
    object.text("action", advice[i].action);
    if (!advice[i].command.empty()) object.text("command", advice[i].command);
    if (!advice[i].cost.empty()) object.text("cost", advice[i].cost);
    object.end();
  }
  out += ']';
}

}  // namespace

void append_finding_json(std::string& out, const Finding& finding) {
  Object object(out);
  object.text("type", "finding");
  object.text("severity", severity_name(finding.severity));
  object.text("topic", finding.topic);
  object.text("id", finding.id);
  object.text("summary", finding.summary);
  object.key("facts");
  append_facts(out, finding);
  object.key("evidence");
  append_evidence(out, finding.evidence);
  object.key("advice");
  append_advice(out, finding.advice);
  if (!finding.notes.empty()) {
    object.key("notes");
    out += '[';
    for (std::size_t i = 0; i < finding.notes.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, finding.notes[i]);
    }
    out += ']';
  }
  object.end();
  out += '\n';
}

}  // namespace conntrail::view
