// Findings as text for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conntrail/base/clock.h"
#include "conntrail/model/finding.h"

namespace conntrail::view {

struct FindingStyle {
  bool colour = false;
  int width = 0;  // columns of the terminal, for sentences; 0 = they are not broken. Tables never are.
  std::optional<WallClock> clock = std::nullopt;  // of the moments in tables; without it they are left out
  MonoTime now = {};                              // moments of another day than this have their date
};

// Severity and id, the sentence, the evidence as an aligned table, advice with command and cost, notes; a
// blank line behind. Text from outside (process names) is made printable.
void append_finding_text(std::string& out, const Finding& finding, const FindingStyle& style);

// Those that ask for something, each note once, and a last line with what is in order.
void append_findings_text(std::string& out, const std::vector<Finding>& findings,
                          const std::vector<std::string>& in_order, const FindingStyle& style);
// All of them, whole.
void append_all_findings_text(std::string& out, const std::vector<Finding>& findings,
                              const FindingStyle& style);

}  // namespace conntrail::view
