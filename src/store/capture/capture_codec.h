// One record of a capture as bytes and back: docs/capture-format.md, "Records".
//
// Bytes of a newer conntrail may follow those known here; a known record never changes otherwise. A decoder
// that finds an impossible value leaves its reader spoilt.
#pragma once

#include <cstdint>
#include <span>

#include "bytes.h"
#include "capture/capture_context.h"
#include "conntrail/store/capture.h"

namespace conntrail::store {

enum class RecordKind : std::uint8_t {
  event = 1,
  snapshot = 2,  // without its rows, which follow
  rows = 3,
  holders = 4,  // without the list, which follows
  holder_list = 5,
  loss = 6,
  time = 7,
  restore = 8,
  sample = 9,
  totals = 10,
  clock = 11,
  namespace_name = 12,
};
inline constexpr RecordKind kLastRecordKind = RecordKind::namespace_name;

// `sk_base` is taken from the socket's address in the kernel: only whether two are equal matters, and a file
// must not tell where things are in a kernel's memory.
void encode(ByteWriter& out, CaptureContext& context, const SocketEvent& event, std::uint64_t sk_base);
void decode(ByteReader& in, CaptureContext& context, SocketEvent& event);

// A snapshot is its scope and the number of its rows, then these in records of a few hundred.
void encode_scope(ByteWriter& out, CaptureContext& context, const SnapshotScope& scope);
void decode_scope(ByteReader& in, CaptureContext& context, SnapshotScope& scope);
// The cookies of its namespaces come behind the number of its rows, where older readers leave them; an older
// capture has none. Rows get theirs from here.
void encode_cookies(ByteWriter& out, const SnapshotScope& scope);
void decode_cookies(ByteReader& in, SnapshotScope& scope);
void take_cookies(const SnapshotScope& scope, std::vector<SocketRow>& rows);
void encode(ByteWriter& out, CaptureContext& context, const SocketRow& row);
void decode(ByteReader& in, CaptureContext& context, SocketRow& row);

void encode(ByteWriter& out, CaptureContext& context, const SocketHolder& holder);
void decode(ByteReader& in, CaptureContext& context, SocketHolder& holder);
void encode(ByteWriter& out, CaptureContext& context, const CapturedLoss& loss);
void decode(ByteReader& in, CaptureContext& context, CapturedLoss& loss);
void encode(ByteWriter& out, CaptureContext& context, const CapturedTime& time);
void decode(ByteReader& in, CaptureContext& context, CapturedTime& time);
void encode(ByteWriter& out, CaptureContext& context, const CapturedClock& clock);
void decode(ByteReader& in, CaptureContext& context, CapturedClock& clock);
void encode(ByteWriter& out, const CapturedNamespace& named);
void decode(ByteReader& in, CapturedNamespace& named);
void encode(ByteWriter& out, const EventTotals& totals);
void decode(ByteReader& in, EventTotals& totals);
void encode(ByteWriter& out, CaptureContext& context, const Connection& connection);
void decode(ByteReader& in, CaptureContext& context, Connection& connection);
void encode(ByteWriter& out, CaptureContext& context, const HostSample& sample);
void decode(ByteReader& in, CaptureContext& context, HostSample& sample);

// Parts of several records.
void encode(ByteWriter& out, const SocketStats& stats);
[[nodiscard]] SocketStats decode_stats(ByteReader& in);
void encode(ByteWriter& out, const Owner& owner);
[[nodiscard]] Owner decode_owner(ByteReader& in);

void encode(ByteWriter& out, const CaptureHeader& header);
[[nodiscard]] CaptureHeader decode_header(ByteReader& in);

}  // namespace conntrail::store
