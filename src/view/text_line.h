// TextLines::Line: the line of a stream, and the widths of its fixed cells.
#pragma once

#include <cstddef>

#include "conntrail/base/text_row.h"
#include "conntrail/view/line.h"

namespace conntrail::view {

class TextLines::Line : public TextRow {
 public:
  using TextRow::TextRow;
};

inline constexpr std::size_t kTimeWidth = 15;     // 12:00:00.123456
inline constexpr std::size_t kStateWidth = 11;    // ESTABLISHED
inline constexpr std::size_t kDurationWidth = 7;  // format_duration
inline constexpr std::size_t kArrowWidth = 3;     // " → "

}  // namespace conntrail::view
