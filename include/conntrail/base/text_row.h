// TextRow: one text line under construction, cell by cell. Every aligned text of ours is written with it, so
// that padding, colours and the width of characters are dealt with in one place (netstat has the exact bytes
// of net-tools instead).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "conntrail/base/colour.h"
#include "conntrail/base/text.h"

namespace conntrail {

// The padding of a cell is written with the next one, so that no line ends in blanks.
class TextRow {
 public:
  TextRow(std::string& out, bool colour) : out_(out), colour_(colour) {}

  // A cell, padded behind to `width` columns.
  void left(std::string_view text, std::size_t width, std::string_view colour = kNoColour) {
    const std::size_t text_width = put(text, colour);
    pending_ += width > text_width ? width - text_width : 0;
  }
  // A cell, padded before it.
  void right(std::string_view text, std::size_t width, std::string_view colour = kNoColour) {
    const std::size_t text_width = display_width(text);
    pending_ += width > text_width ? width - text_width : 0;
    put(text, colour);
  }
  void gap(std::size_t columns) { pending_ += columns; }
  void end() {
    out_ += '\n';
    pending_ = 0;
    columns_ = 0;
  }
  // Columns used so far, the padding that is still pending included.
  [[nodiscard]] std::size_t columns() const { return columns_ + pending_; }

 private:
  std::size_t put(std::string_view text, std::string_view colour) {
    if (text.empty()) return 0;
    out_.append(pending_, ' ');
    append_coloured(out_, text, colour_ ? colour : kNoColour);
    const std::size_t width = display_width(text);
    columns_ += pending_ + width;
    pending_ = 0;
    return width;
  }

  std::string& out_;
  std::size_t pending_ = 0;
  std::size_t columns_ = 0;
  bool colour_;
};

}  // namespace conntrail
