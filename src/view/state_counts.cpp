#include "conntrail/view/state_counts.h"

#include <algorithm>
#include <vector>

#include "conntrail/base/json_object.h"
#include "conntrail/base/text_row.h"
#include "csv_field.h"
#include "palette.h"

namespace conntrail::view {
namespace {

// In the order of a connection's life.
constexpr std::array kOrder{TcpState::listen,      TcpState::syn_sent,  TcpState::syn_recv,
                            TcpState::established, TcpState::fin_wait1, TcpState::fin_wait2,
                            TcpState::closing,     TcpState::time_wait, TcpState::close_wait,
                            TcpState::last_ack,    TcpState::close,     TcpState::unknown};
static_assert(kOrder.size() == kTcpStateCount);

}  // namespace

StateCounts::StateCounts(std::span<const Connection* const> connections) {
  for (const Connection* c : connections) {
    Count& count = counts_[static_cast<std::size_t>(c->state)];
    ++count.sockets;
    if (c->tuple.family == Family::inet) ++count.inet;
    if (c->tuple.family == Family::inet6) ++count.inet6;
  }
}

std::string StateCounts::text(bool colour, bool header) const {
  struct Line {
    std::string state;
    std::string inet;
    std::string inet6;
    std::string sockets;
    std::string_view tint;
  };
  std::vector<Line> lines;
  if (header) lines.push_back({"STATE", "INET", "INET6", "SOCKETS", kBold});
  Count sum;
  const auto add = [&](std::string name, const Count& count, std::string_view tint) {
    lines.push_back({std::move(name), std::to_string(count.inet), std::to_string(count.inet6),
                     std::to_string(count.sockets), tint});
  };
  for (const TcpState state : kOrder) {
    const Count& count = counts_[static_cast<std::size_t>(state)];
    if (count.sockets == 0) continue;
    add(std::string(tcp_state_name(state)), count, state_colour(state));
    sum.inet += count.inet;
    sum.inet6 += count.inet6;
    sum.sockets += count.sockets;
  }
  add("all", sum, kBold);
  const auto widest = [&](std::string Line::*cell) {
    std::size_t width = 0;
    for (const Line& line : lines) width = std::max(width, (line.*cell).size());
    return width;
  };
  const std::size_t state_width = widest(&Line::state);
  const std::size_t inet_width = widest(&Line::inet);
  const std::size_t inet6_width = widest(&Line::inet6);
  const std::size_t sockets_width = widest(&Line::sockets);
  std::string out;
  TextRow row(out, colour);
  for (const Line& line : lines) {
    row.left(line.state, state_width, line.tint);
    row.gap(2);
    row.right(line.inet, inet_width);
    row.gap(2);
    row.right(line.inet6, inet6_width);
    row.gap(2);
    row.right(line.sockets, sockets_width);
    row.end();
  }
  return out;
}

void StateCounts::append_json(std::string& out) const {
  for (const TcpState state : kOrder) {
    const Count& count = counts_[static_cast<std::size_t>(state)];
    if (count.sockets == 0) continue;
    JsonWriter json(out);
    JsonObject line(json);
    line.text("type", "state_count");
    line.text("state", tcp_state_name(state));
    line.number("inet", count.inet);
    line.number("inet6", count.inet6);
    line.number("sockets", count.sockets);
    line.end();
    json.raw("\n");
  }
}

std::string StateCounts::csv(bool header) const {
  std::string out;
  if (header) {
    out += "state,inet,inet6,sockets";
    out += kLineEnd;
  }
  for (const TcpState state : kOrder) {
    const Count& count = counts_[static_cast<std::size_t>(state)];
    if (count.sockets == 0) continue;
    append_csv_field(out, tcp_state_name(state));
    for (const std::uint64_t number : {count.inet, count.inet6, count.sockets}) {
      out += ',';
      out += std::to_string(number);
    }
    out += kLineEnd;
  }
  return out;
}

}  // namespace conntrail::view
