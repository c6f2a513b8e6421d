#include "capture/capture_context.h"

#include <algorithm>
#include <cstring>

namespace conntrail::store {
namespace {

std::size_t bytes_in(Family family) {
  if (family == Family::inet) return 4;
  return family == Family::inet6 ? 16 : 0;
}

}  // namespace

std::uint8_t AddressPair::slot() const {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::array<std::uint64_t, 4> words{};
  std::memcpy(words.data(), local.bytes.data(), local.bytes.size());
  std::memcpy(words.data() + 2, remote.bytes.data(), remote.bytes.size());
  std::uint64_t hash = netns;
  for (const std::uint64_t word : words) hash = (hash ^ word) * kOdd;
  return static_cast<std::uint8_t>(hash >> 56U);
}

void encode(ByteWriter& out, Family family) { out.u8(static_cast<std::uint8_t>(family)); }

Family decode_family(ByteReader& in) {
  const auto family = static_cast<Family>(in.u8());
  if (family != Family::unspecified && family != Family::inet && family != Family::inet6) {
    in.spoil();
    return Family::unspecified;
  }
  return family;
}

void encode(ByteWriter& out, const IpAddress& address) {
  encode(out, address.family);
  out.bytes({address.bytes.data(), bytes_in(address.family)});
}

IpAddress decode_address(ByteReader& in) {
  IpAddress address;
  address.family = decode_family(in);
  std::ranges::copy(in.bytes(bytes_in(address.family)), address.bytes.begin());
  return address;
}

void encode(ByteWriter& out, const AddressPair& addresses) {
  out.varint(addresses.netns);
  encode(out, addresses.family);
  encode(out, addresses.local);
  encode(out, addresses.remote);
}

AddressPair decode_address_pair(ByteReader& in) {
  AddressPair pair;
  pair.netns = in.number<std::uint32_t>();
  pair.family = decode_family(in);
  pair.local = decode_address(in);
  pair.remote = decode_address(in);
  return pair;
}

void encode(ByteWriter& out, const Task& task) {
  out.varint(task.pid);
  out.varint(task.uid);
  const auto end = std::ranges::find(task.comm, '\0');
  out.text({task.comm.data(), static_cast<std::size_t>(end - task.comm.begin())});
}

Task decode_task(ByteReader& in) {
  Task task;
  task.pid = in.number<std::uint32_t>();
  task.uid = in.number<std::uint32_t>();
  const std::string comm = in.text();
  if (comm.size() > task.comm.size() || comm.find('\0') != std::string::npos) in.spoil();
  std::copy_n(comm.begin(), std::min(comm.size(), task.comm.size()), task.comm.begin());
  return task;
}

void encode_tuple(ByteWriter& out, const FourTuple& tuple, bool addresses_known) {
  const AddressPair addresses = AddressPair::of(tuple);
  out.u8(addresses.slot());
  if (!addresses_known) encode(out, addresses);
  out.u16(tuple.local.port);
  out.u16(tuple.remote.port);
}

FourTuple decode_tuple(ByteReader& in, CaptureContext& context, bool addresses_known) {
  const std::uint8_t slot = in.u8();
  if (!addresses_known) context.addresses.remember(slot, decode_address_pair(in));
  const AddressPair& addresses = context.addresses.at(slot);
  FourTuple tuple;
  tuple.netns = addresses.netns;
  tuple.netns_cookie = addresses.netns_cookie;
  tuple.family = addresses.family;
  tuple.local.address = addresses.local;
  tuple.remote.address = addresses.remote;
  tuple.local.port = in.u16();
  tuple.remote.port = in.u16();
  return tuple;
}

}  // namespace conntrail::store
