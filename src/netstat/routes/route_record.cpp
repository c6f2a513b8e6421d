#include "routes/route_record.h"

namespace conntrail::netstat {

namespace {

void put(RecordWriter& writer, std::string_view key, const std::string& text) {
  text.empty() ? writer.absent(key) : writer.text(key, text);
}

void put(RecordWriter& writer, std::string_view key, const std::optional<std::int64_t>& number) {
  number ? writer.number(key, *number) : writer.absent(key);
}

}  // namespace

void write_route(RecordWriter& writer, const RouteRecord& route) {
  writer.begin("route");
  writer.text("family", route.family);
  writer.text("table", route.table);
  writer.text("destination", route.destination);
  put(writer, "prefix_length", route.prefix_length);
  put(writer, "source", route.source);
  put(writer, "source_prefix_length", route.source_prefix_length);
  put(writer, "gateway", route.gateway);
  put(writer, "gateway_node", route.gateway_node);
  put(writer, "interface", route.interface);
  if (route.flags) {
    writer.begin_list("flags");
    for (const std::string_view name : *route.flags) writer.list_text(name);
    writer.end_list();
  } else {
    writer.absent("flags");
  }
  put(writer, "metric", route.metric);
  put(writer, "references", route.references);
  put(writer, "uses", route.uses);
  put(writer, "mtu_bytes", route.mtu_bytes);
  put(writer, "window_bytes", route.window_bytes);
  put(writer, "irtt_ms", route.irtt_ms);
  put(writer, "tos", route.tos);
  put(writer, "hardware_header_references", route.hardware_header_references);
  if (route.hardware_header_valid) {
    writer.boolean("hardware_header_valid", *route.hardware_header_valid);
  } else {
    writer.absent("hardware_header_valid");
  }
  put(writer, "specific_destination", route.specific_destination);
  put(writer, "mnemonic", route.mnemonic);
  put(writer, "quality", route.quality);
  writer.end();
}

}  // namespace conntrail::netstat
