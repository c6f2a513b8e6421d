// RouteRecord: a route of any family as a row of --json or --csv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/record_writer.h"

namespace conntrail::netstat {

// What a family does not have stays empty.
struct RouteRecord {
  std::string_view family;
  std::string_view table = "main";  // "main" or "cache"
  std::string destination;
  std::optional<std::int64_t> prefix_length;
  std::string source;
  std::optional<std::int64_t> source_prefix_length;
  std::string gateway;
  std::string gateway_node;  // IPX
  std::string interface;
  std::optional<std::vector<std::string_view>> flags;
  std::optional<std::int64_t> metric;
  std::optional<std::int64_t> references;
  std::optional<std::int64_t> uses;
  std::optional<std::int64_t> mtu_bytes;
  std::optional<std::int64_t> window_bytes;
  std::optional<std::int64_t> irtt_ms;
  std::optional<std::int64_t> tos;
  std::optional<std::int64_t> hardware_header_references;
  std::optional<bool> hardware_header_valid;
  std::string specific_destination;
  std::string mnemonic;                 // NET/ROM
  std::optional<std::int64_t> quality;  // NET/ROM
};

void write_route(RecordWriter& writer, const RouteRecord& route);

}  // namespace conntrail::netstat
