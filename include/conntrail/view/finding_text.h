// A finding as text for people.
#pragma once

#include <string>

#include "conntrail/model/finding.h"

namespace conntrail::view {

struct FindingStyle {
  bool colour = false;
  int width = 0;  // columns of the terminal, for sentences; 0 = they are not broken. Tables never are.
};

// Severity and id, the sentence, the evidence as an aligned table, advice with command and cost, notes; a
// blank line behind. Text from outside (process names) is made printable.
void append_finding_text(std::string& out, const Finding& finding, const FindingStyle& style);

}  // namespace conntrail::view
