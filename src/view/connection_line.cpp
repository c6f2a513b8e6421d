// One text line per ended connection: `conntrail trace --by connection`.
#include "conntrail/view/line.h"
#include "durations.h"
#include "palette.h"
#include "quantity.h"
#include "text_line.h"
#include "trail_text.h"

namespace conntrail::view {
namespace {

constexpr std::size_t kBytesWidth = 6;        // format_bytes
constexpr std::size_t kRetransmitsWidth = 4;  // RETR

}  // namespace

std::string TextLines::connection_header() const {
  std::string out;
  Line line(out, style_.colour);
  begin_header(line);
  line.right("TOOK", kDurationWidth, kBold);
  line.gap(1);
  line.right("SENT", kBytesWidth, kBold);
  line.gap(1);
  line.right("RECVD", kBytesWidth, kBold);
  line.gap(1);
  line.right("RETR", kRetransmitsWidth, kBold);
  line.gap(2);
  line.left("REASON", reason_.width(), kBold);
  line.gap(2);
  line.left("TRAIL", 0, kBold);
  line.end();
  return out;
}

void TextLines::append_connection(std::string& out, const Connection& connection) {
  const MonoTime end = end_time(connection);
  const auto time = duration(connection, end);
  tell_apart(out, connection.tuple, &connection, &TextLines::connection_header);
  Line line(out, style_.colour);
  begin(line, end, connection.tuple, &connection);
  line.right(time ? format_duration(*time) : "-", kDurationWidth);
  line.gap(1);
  line.right(connection.stats ? format_bytes(connection.stats->bytes_sent) : "-", kBytesWidth);
  line.gap(1);
  line.right(connection.stats ? format_bytes(connection.stats->bytes_received) : "-", kBytesWidth);
  line.gap(1);
  line.right(connection.retransmits_unknown ? "-" : std::to_string(connection.retransmits), kRetransmitsWidth,
             connection.retransmits > 0 ? kYellow : kNoColour);
  line.gap(2);
  const std::string reason = reason_text(connection);
  line.left(reason, reason_.fit(display_width(reason)), is_failure(connection.end_reason) ? kRed : kDim);
  line.gap(2);
  line.left(trail_text(connection, TrailOptions{}), 0);
  append_title(line, &connection);
  line.end();
}

}  // namespace conntrail::view
