// Fields that a Connection got after the first format of captures: they stand behind the others, each by its
// kind, and an older capture ends before them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>

#include "bytes.h"
#include "capture/capture_context.h"
#include "conntrail/model/connection.h"

namespace conntrail::store {

template <class Value>
void encode_later(ByteWriter& out, CaptureContext& context, const Value& value) {
  if constexpr (std::is_same_v<Value, MonoTime>) {
    out.u8(value.known() ? 1 : 0);
    if (value.known()) encode_time(out, context, value);
  } else if constexpr (std::is_same_v<Value, IpAddress>) {
    conntrail::store::encode(out, value);
  } else if constexpr (std::is_same_v<Value, std::string>) {
    out.text(value);
  } else if constexpr (std::is_signed_v<Value>) {
    out.signed_varint(value);
  } else {
    static_assert(std::is_unsigned_v<Value>, "say here how a capture carries a field of this kind");
    out.varint(static_cast<std::uint64_t>(value));
  }
}
template <class Value>
void encode_later(ByteWriter& out, CaptureContext& context, const std::optional<Value>& value) {
  out.u8(value ? 1 : 0);
  if (value) encode_later(out, context, *value);
}

template <class Value>
void decode_later(ByteReader& in, CaptureContext& context, Value& value) {
  if constexpr (std::is_same_v<Value, MonoTime>) {
    value = in.u8() != 0 ? decode_time(in, context) : MonoTime{};
  } else if constexpr (std::is_same_v<Value, IpAddress>) {
    value = decode_address(in);
  } else if constexpr (std::is_same_v<Value, std::string>) {
    value = in.text();
  } else if constexpr (std::is_signed_v<Value>) {
    value = static_cast<Value>(in.signed_varint());
  } else {
    value = in.number<Value>();
  }
}
template <class Value>
void decode_later(ByteReader& in, CaptureContext& context, std::optional<Value>& value) {
  value.reset();
  if (in.u8() != 0) decode_later(in, context, value.emplace());
}

// `fields` as kConnectionFields has them.
template <class... Field>
void encode_later_fields(ByteWriter& out, CaptureContext& context, const Connection& connection,
                         const std::tuple<Field...>& fields) {
  std::apply([&](const auto&... field) { (encode_later(out, context, connection.*field.member), ...); },
             fields);
}
// Those that the capture does not have stay as they are.
template <class... Field>
void decode_later_fields(ByteReader& in, CaptureContext& context, Connection& connection,
                         const std::tuple<Field...>& fields) {
  const auto decode_one = [&](auto& value) {
    if (in.left() != 0) decode_later(in, context, value);
  };
  std::apply([&](const auto&... field) { (decode_one(connection.*field.member), ...); }, fields);
}

// The beginning of a tuple: `Count` elements.
template <std::size_t Count, class... Element>
constexpr auto head_of(const std::tuple<Element...>& all) {
  return [&]<std::size_t... Index>(std::index_sequence<Index...> /*elements*/) {
    return std::tuple{std::get<Index>(all)...};
  }
  (std::make_index_sequence<Count>());
}

// The end of a tuple, from `First` on.
template <std::size_t First, class... Element>
constexpr auto tail_of(const std::tuple<Element...>& all) {
  return [&]<std::size_t... Index>(std::index_sequence<Index...> /*elements*/) {
    return std::tuple{std::get<First + Index>(all)...};
  }
  (std::make_index_sequence<sizeof...(Element) - First>());
}

}  // namespace conntrail::store
