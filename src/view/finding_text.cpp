#include "conntrail/view/finding_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "conntrail/base/colour.h"
#include "conntrail/base/text.h"
#include "conntrail/base/text_row.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::view {
namespace {

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return kBoldRed;
    case Severity::warning:
      return kBoldYellow;
    case Severity::info:
      break;
  }
  return kBold;
}

std::string number_text(double number) {
  if (!std::isfinite(number)) return "-";
  const double size = std::abs(number);
  return fmt::format("{:.{}f}", number,
                     size >= 99.95                 ? 0
                     : size >= 9.995               ? 1
                     : size >= 0.0995 || size == 0 ? 2
                                                   : 4);
}

std::string moment_text(MonoTime moment, const FindingStyle& style) {
  if (!style.clock || !moment.known()) return "-";
  constexpr Nanoseconds kMostOfADay = std::chrono::hours(20);
  std::string out;
  if (style.now.known() && style.now - moment > kMostOfADay) {
    append_local_date_time_us(out, style.clock->real_ns(moment));
  } else {
    append_local_time_us(out, style.clock->real_ns(moment));
  }
  return out.substr(0, out.find('.'));
}

std::string cell_text(const FactValue& value, const FindingStyle& style) {
  if (const auto* moment = std::get_if<MonoTime>(&value)) return moment_text(*moment, style);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return printable(plain_string(*text));
  return "-";
}

// Not known, or no such thing.
bool is_nothing(const FactValue& value, const FindingStyle& style) {
  if (const auto* moment = std::get_if<MonoTime>(&value)) return !moment->known() || !style.clock;
  const auto* number = std::get_if<std::int64_t>(&value);
  return std::holds_alternative<std::monostate>(value) || (number != nullptr && *number == 0);
}

class Writer {
 public:
  Writer(std::string& out, const FindingStyle& style) : out_(out), style_(style) {}

  void coloured(std::string_view text, std::string_view colour) {
    if (style_.colour) out_ += colour;
    out_ += text;
    if (style_.colour) out_ += kReset;
  }

  // A sentence behind `first`, its further lines behind as many blanks, broken between words.
  void paragraph(std::string_view first, std::string_view text) {
    const std::size_t indent = display_width(first);
    constexpr std::size_t kLeast = 40;
    const std::size_t width = style_.width > 0 ? std::max(kLeast, static_cast<std::size_t>(style_.width)) : 0;
    out_ += first;
    std::size_t column = indent;
    const std::string safe = printable(text);
    for (const std::string_view word : split_words(safe)) {
      const std::size_t word_width = display_width(word);
      const bool at_start = column == indent;
      if (!at_start && width > 0 && column + 1 + word_width > width) {
        out_ += '\n';
        out_.append(indent, ' ');
        column = indent;
      } else if (!at_start) {
        out_ += ' ';
        ++column;
      }
      out_ += word;
      column += word_width;
    }
    out_ += '\n';
  }

  // A command is for copying: one line, however long.
  void command(std::string_view indent, std::string_view text) {
    out_ += indent;
    coloured(printable(text), kCyan);
    out_ += '\n';
  }

  void table(const EvidenceTable& table);
  void end() { out_ += '\n'; }

 private:
  std::string& out_;
  FindingStyle style_;
};

struct TextColumn {
  std::size_t index = 0;
  std::size_t width = 0;
  bool right = false;
};

// Columns that are empty in every row are left out.
std::vector<TextColumn> lay_out(const EvidenceTable& table, const FindingStyle& style) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    TextColumn column{i, display_width(table.columns[i]), true};
    bool has_something = false;
    for (const auto& row : table.rows) {
      if (i >= row.size()) continue;
      has_something |= !is_nothing(row[i], style);
      if (std::holds_alternative<std::string>(row[i])) column.right = false;
      column.width = std::max(column.width, display_width(cell_text(row[i], style)));
    }
    if (has_something) columns.push_back(column);
  }
  return columns;
}

void Writer::table(const EvidenceTable& table) {
  if (table.rows.empty()) return;
  const std::vector<TextColumn> columns = lay_out(table, style_);
  const auto line = [&](const auto& cell, std::string_view colour) {
    std::string text;
    TextRow cells(text, false);
    for (const TextColumn& column : columns) {
      cells.gap(2);
      if (column.right) {
        cells.right(cell(column.index), column.width);
      } else {
        cells.left(cell(column.index), column.width);
      }
    }
    coloured(text, colour);
    out_ += '\n';
  };
  out_ += '\n';
  line([&](std::size_t i) { return table.columns[i]; }, kDim);
  for (const auto& row : table.rows)
    line([&](std::size_t i) { return i < row.size() ? cell_text(row[i], style_) : std::string("-"); }, "");
}

}  // namespace

void append_finding_text(std::string& out, const Finding& finding, const FindingStyle& style) {
  Writer writer(out, style);
  writer.coloured(to_upper(severity_name(finding.severity)), colour_of(finding.severity));
  out += fmt::format("  {}: {}{}\n", finding.topic, finding.id,
                     finding.place.empty() ? "" : "  in network namespace " + printable(finding.place));
  writer.paragraph("  ", finding.summary);
  writer.table(finding.evidence);
  if (!finding.advice.empty()) out += "\n  What to do:\n";
  for (const Advice& advice : finding.advice) {
    writer.paragraph("  - ", advice.action);
    if (!advice.command.empty()) writer.command("      ", advice.command);
    if (!advice.cost.empty() && advice.cost != "none") writer.paragraph("    cost: ", advice.cost);
  }
  if (!finding.notes.empty()) out += '\n';
  for (const std::string& note : finding.notes) writer.paragraph("  Note: ", note);
  writer.end();
}

void append_findings_text(std::string& out, const std::vector<Finding>& findings,
                          const std::vector<std::string>& in_order, const FindingStyle& style) {
  std::unordered_set<std::string> told;
  for (const Finding& finding : findings) {
    if (!finding.asks_for_something()) continue;
    Finding shown = finding;
    std::erase_if(shown.notes, [&](const std::string& note) { return !told.insert(note).second; });
    append_finding_text(out, shown, style);
  }
  if (in_order.empty() && findings.empty()) {
    out += "Nothing to report.\n";
    return;
  }
  std::string line = in_order.empty() ? "" : fmt::format("Fine: {}.   ", fmt::join(in_order, ", "));
  line += "conntrail diagnose --all shows figures";
  Writer(out, style).paragraph("", line);
}

void append_all_findings_text(std::string& out, const std::vector<Finding>& findings,
                              const FindingStyle& style) {
  for (const Finding& finding : findings) append_finding_text(out, finding, style);
  if (findings.empty()) out += "Nothing to report.\n";
}

}  // namespace conntrail::view
