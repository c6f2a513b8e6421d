#include "interfaces/interface_record.h"

#include <net/if.h>

#include <bit>
#include <cstring>

#include "conntrail/base/text.h"
#include "names/address_text.h"

namespace conntrail::netstat {

namespace {

void add_address4(JsonObject object, const InterfaceAddress4& address, std::int16_t flags) {
  std::uint32_t mask = 0;
  std::memcpy(&mask, address.netmask.bytes.data(), sizeof mask);
  object.text("family", "inet");
  object.text("addr", numeric_text(address.local));
  object.text("netmask", numeric_text(address.netmask));
  object.number("prefix_length", std::popcount(mask));
  if (has_flag(flags, IFF_BROADCAST)) object.text("broadcast_addr", numeric_text(address.broadcast));
  if (has_flag(flags, IFF_POINTOPOINT)) object.text("destination_addr", numeric_text(address.destination));
}

void add_address6(JsonObject object, const InterfaceAddress6& row) {
  std::string scope = scope_names(row.scope);
  if (!scope.empty()) scope = scope.substr(1, scope.size() - 2);
  object.text("family", "inet6");
  object.text("addr", numeric_text(row.address));
  object.number("prefix_length", row.prefix_length);
  object.number("scope_id", row.scope);
  object.text("scope", scope);
}

std::string addresses_json(const InterfaceView& view) {
  std::string text;
  JsonWriter json(text);
  JsonArray list(json);
  if (view.facts.address) add_address4(list.object(), *view.facts.address, view.facts.flags);
  for (const InterfaceAddress6& row : view.addresses6) {
    if (row.interface == view.listed.name) add_address6(list.object(), row);
  }
  list.end();
  json.flush();
  return text;
}

void write_hardware(RecordWriter& writer, const InterfaceFacts& facts) {
  const HardwareType& hardware = hardware_type(facts.hardware);
  writer.text("hardware", hardware.name);
  writer.unsigned_number("hardware_number", facts.hardware);
  const std::string text = hardware_text(hardware, facts.hardware_address);
  const std::string_view address =
      std::string_view(text).substr(std::min(text.size(), hardware.name.size() + 1));
  if (address.empty()) {
    writer.absent("mac");
  } else {
    writer.text("mac", address);
  }
}

struct Counter {
  std::string_view key;
  std::uint64_t InterfaceCounters::*whole;
  TrafficCounters InterfaceCounters::*side;
  std::uint64_t TrafficCounters::*part;

  [[nodiscard]] std::uint64_t of(const InterfaceCounters& counters) const {
    return whole != nullptr ? counters.*whole : counters.*side.*part;
  }
};

using C = InterfaceCounters;
using T = TrafficCounters;
constexpr std::array kCounters{
    Counter{"rx_bytes", nullptr, &C::received, &T::bytes},
    Counter{"rx_packets", nullptr, &C::received, &T::packets},
    Counter{"rx_errors", nullptr, &C::received, &T::errors},
    Counter{"rx_dropped_packets", nullptr, &C::received, &T::dropped},
    Counter{"rx_overruns", nullptr, &C::received, &T::overruns},
    Counter{"rx_frame_errors", &C::frame_errors, nullptr, nullptr},
    Counter{"rx_compressed_packets", nullptr, &C::received, &T::compressed},
    Counter{"rx_multicast_packets", &C::multicast, nullptr, nullptr},
    Counter{"tx_bytes", nullptr, &C::sent, &T::bytes},
    Counter{"tx_packets", nullptr, &C::sent, &T::packets},
    Counter{"tx_errors", nullptr, &C::sent, &T::errors},
    Counter{"tx_dropped_packets", nullptr, &C::sent, &T::dropped},
    Counter{"tx_overruns", nullptr, &C::sent, &T::overruns},
    Counter{"tx_carrier_errors", &C::carrier_errors, nullptr, nullptr},
    Counter{"tx_collisions", &C::collisions, nullptr, nullptr},
    Counter{"tx_compressed_packets", nullptr, &C::sent, &T::compressed},
};

}  // namespace

void write_interface_record(RecordWriter& writer, const InterfaceView& view) {
  const InterfaceFacts& facts = view.facts;
  writer.begin("interface");
  writer.text("interface", view.listed.name);
  writer.begin_list("flags");
  for (const InterfaceFlag& flag : interface_flags()) {
    if (has_flag(facts.flags, flag.bit)) writer.list_text(flag.word);
  }
  writer.end_list();
  writer.number("mtu_bytes", facts.mtu);
  write_hardware(writer, facts);
  if (facts.queue_length >= 0) {
    writer.number("queue_length_packets", facts.queue_length);
  } else {
    writer.absent("queue_length_packets");
  }
  writer.json("addresses", addresses_json(view));
  for (const Counter& counter : kCounters) {
    if (view.listed.counters) {
      writer.unsigned_number(counter.key, counter.of(*view.listed.counters));
    } else {
      writer.absent(counter.key);
    }
  }
  writer.end();
}

}  // namespace conntrail::netstat
