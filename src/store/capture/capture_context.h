// What the records of one block of a capture share, so that each tells only what is new: the last time,
// cookie and inode, and small tables of addresses and tasks seen lately. Writer and reader keep the same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bytes.h"
#include "conntrail/base/clock.h"
#include "conntrail/model/endpoint.h"

namespace conntrail::store {

// A table that forgets: a new value takes the place of the one that has its slot.
template <class Value>
class SlotTable {
 public:
  // Whether the slot has exactly this value; it has it from now on.
  bool remember(std::uint8_t slot, const Value& value) {
    if (cells_[slot] == value) return true;
    cells_[slot] = value;
    return false;
  }
  [[nodiscard]] const Value& at(std::uint8_t slot) const { return cells_[slot]; }
  [[nodiscard]] Value& at(std::uint8_t slot) { return cells_[slot]; }

 private:
  std::array<Value, 256> cells_{};
};

// A four-tuple without its ports.
struct AddressPair {
  std::uint32_t netns = 0;
  Family family = Family::unspecified;
  IpAddress local;
  IpAddress remote;
  std::uint64_t netns_cookie = 0;  // told by who has the addresses, where it is known
  bool operator==(const AddressPair&) const = default;

  [[nodiscard]] static AddressPair of(const FourTuple& tuple) {
    return {tuple.netns, tuple.family, tuple.local.address, tuple.remote.address, tuple.netns_cookie};
  }
  // Any function will do: the slot is written beside its content. It stands in the file, so this is not
  // base/hash.h: the same input gives the same bytes in every version.
  [[nodiscard]] std::uint8_t slot() const;
};

struct Task {
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;
  std::array<char, 16> comm{};
  bool operator==(const Task&) const = default;

  [[nodiscard]] std::uint8_t slot() const { return static_cast<std::uint8_t>(pid); }
};

struct CaptureContext {
  MonoTime time;
  std::uint64_t cookie = 0;
  std::uint64_t inode = 0;
  std::uint64_t sk = 0;
  SlotTable<AddressPair> addresses;
  SlotTable<Task> tasks;
};

void encode(ByteWriter& out, Family family);
void encode(ByteWriter& out, const IpAddress& address);
void encode(ByteWriter& out, const AddressPair& addresses);
void encode(ByteWriter& out, const Task& task);
[[nodiscard]] Family decode_family(ByteReader& in);
[[nodiscard]] IpAddress decode_address(ByteReader& in);
[[nodiscard]] AddressPair decode_address_pair(ByteReader& in);
[[nodiscard]] Task decode_task(ByteReader& in);

// A time as its distance from the last one.
inline void encode_time(ByteWriter& out, CaptureContext& context, MonoTime time) {
  out.difference(static_cast<std::uint64_t>(time.ns), static_cast<std::uint64_t>(context.time.ns));
  context.time = time;
}
inline MonoTime decode_time(ByteReader& in, CaptureContext& context) {
  context.time = {static_cast<std::int64_t>(in.difference(static_cast<std::uint64_t>(context.time.ns)))};
  return context.time;
}

// A four-tuple: the slot of its addresses, these where they are new, the ports.
void encode_tuple(ByteWriter& out, const FourTuple& tuple, bool addresses_known);
[[nodiscard]] FourTuple decode_tuple(ByteReader& in, CaptureContext& context, bool addresses_known);

}  // namespace conntrail::store
