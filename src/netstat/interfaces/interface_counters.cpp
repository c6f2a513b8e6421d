#include "interfaces/interface_counters.h"

#include <algorithm>
#include <array>
#include <span>

#include "conntrail/base/text.h"
#include "proc/line_scanner.h"

namespace conntrail::netstat {

namespace {

constexpr std::size_t kLongestName = 15;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Length of ":12" in front of another colon, which makes an alias of what is in front of it; else 0.
std::size_t alias_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && is_digit(text[length])) ++length;
  return length < text.size() && text[length] == ':' ? length : 0;
}

}  // namespace

CounterLayout counter_layout(std::string_view second_title_line) {
  if (second_title_line.find("compressed") != std::string_view::npos) return CounterLayout::with_compressed;
  if (second_title_line.find("bytes") != std::string_view::npos) return CounterLayout::with_bytes;
  return CounterLayout::packets_only;
}

CounterLine split_counter_line(std::string_view line) {
  line.remove_prefix(static_cast<std::size_t>(std::ranges::find_if_not(line, is_blank) - line.begin()));
  const auto stop = std::ranges::find_if(line, [](char c) { return c == ':' || is_blank(c); });
  auto length = static_cast<std::size_t>(stop - line.begin());
  // Not so far: no kernel has such a name, so what follows is not that interface's.
  if (length > kLongestName) return {line.substr(0, kLongestName), {}};
  if (length == line.size() || line[length] != ':') return {line.substr(0, length), line.substr(length)};
  if (const std::size_t alias = alias_length(line.substr(length)); length + alias <= kLongestName) {
    length += alias;
  }
  return {line.substr(0, length), line.substr(length + 1)};
}

void take_counters(std::string_view fields, CounterLayout layout, InterfaceCounters& counters) {
  InterfaceCounters& c = counters;
  const std::array with_compressed{
      &c.received.bytes,    &c.received.packets, &c.received.errors,     &c.received.dropped,
      &c.received.overruns, &c.frame_errors,     &c.received.compressed, &c.multicast,
      &c.sent.bytes,        &c.sent.packets,     &c.sent.errors,         &c.sent.dropped,
      &c.sent.overruns,     &c.collisions,       &c.carrier_errors,      &c.sent.compressed};
  const std::array with_bytes{
      &c.received.bytes, &c.received.packets, &c.received.errors, &c.received.dropped, &c.received.overruns,
      &c.frame_errors,   &c.sent.bytes,       &c.sent.packets,    &c.sent.errors,      &c.sent.dropped,
      &c.sent.overruns,  &c.collisions,       &c.carrier_errors};
  const std::array packets_only{&c.received.packets,  &c.received.errors, &c.received.dropped,
                                &c.received.overruns, &c.frame_errors,    &c.sent.packets,
                                &c.sent.errors,       &c.sent.dropped,    &c.sent.overruns,
                                &c.collisions,        &c.carrier_errors};
  std::span<std::uint64_t* const> places(with_compressed);
  if (layout == CounterLayout::with_bytes) places = with_bytes;
  if (layout == CounterLayout::packets_only) places = packets_only;

  LineScanner scanner(fields);
  for (std::uint64_t* const place : places) {
    if (!scanner.decimal(*place)) return;
  }
}

}  // namespace conntrail::netstat
