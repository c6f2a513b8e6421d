#include "masquerade/masquerade_record.h"

#include <string>

namespace conntrail::netstat {

namespace {

// For ESP and similar protocols all are 0.
bool has_ports(const MasqueradeEntry& entry) {
  return entry.source_port != 0 || entry.destination_port != 0 || entry.masquerade_port != 0;
}

template <class Number>
void optional_number(RecordWriter& writer, std::string_view key, const std::optional<Number>& number) {
  if (number) {
    writer.number(key, static_cast<std::int64_t>(*number));
  } else {
    writer.absent(key);
  }
}

}  // namespace

void write_masquerade_record(RecordWriter& writer, const MasqueradeEntry& entry) {
  constexpr double kHundredthsPerSecond = 100;
  const auto port = [&entry](std::uint32_t number) {
    return has_ports(entry) ? std::optional(number) : std::nullopt;
  };
  writer.begin("masquerade");
  writer.text("protocol", entry.protocol);
  writer.text("family", family_name(entry.source.family));
  writer.text("source_addr", numeric_text(entry.source));
  optional_number(writer, "source_port", port(entry.source_port));
  writer.text("destination_addr", numeric_text(entry.destination));
  optional_number(writer, "destination_port", port(entry.destination_port));
  if (entry.masquerade_address) {
    writer.text("masquerade_addr", numeric_text(*entry.masquerade_address));
  } else {
    writer.absent("masquerade_addr");
  }
  optional_number(writer, "masquerade_port", port(entry.masquerade_port));
  if (entry.expires) {
    writer.decimal("expires_s", static_cast<double>(*entry.expires) / kHundredthsPerSecond, 2);
  } else {
    writer.absent("expires_s");
  }
  const SequenceShift shift = entry.shift.value_or(SequenceShift{});
  optional_number(writer, "shift_from_sequence", entry.shift ? std::optional(shift.from) : std::nullopt);
  optional_number(writer, "shift_bytes", entry.shift ? std::optional(shift.delta) : std::nullopt);
  optional_number(writer, "previous_shift_bytes", shift.previous_delta);
  writer.end();
}

}  // namespace conntrail::netstat
