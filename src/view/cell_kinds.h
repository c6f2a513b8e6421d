// The kinds of columns: most differ only in the value they take from the record. Each kind makes all cells of
// a column out of one function that gets that value, so that text, CSV and sorting cannot disagree.
//
// `get` is a lambda without captures. Only its type is used: the cells are then plain function pointers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cells.h"
#include "conntrail/base/clock.h"
#include "conntrail/base/json_writer.h"
#include "conntrail/base/text.h"

namespace conntrail::view {

inline constexpr const char* kUnknown = "-";

[[nodiscard]] constexpr std::optional<std::uint64_t> nonzero(std::uint64_t number) {
  return number != 0 ? std::optional(number) : std::nullopt;
}

// Namespace cookies and inodes use all 64 bits at most in theory; a saturated value still sorts last among
// the known.
[[nodiscard]] inline SortValue sort_by_number(std::optional<std::uint64_t> number) {
  constexpr auto kLargest = static_cast<std::uint64_t>(INT64_MAX);
  return {.known = number.has_value(),
          .text = {},
          .endpoint = {},
          .number = static_cast<std::int64_t>(std::min(number.value_or(0), kLargest))};
}
[[nodiscard]] inline SortValue sort_by_text(std::string text) {
  const bool known = !text.empty();
  return {.known = known, .text = std::move(text), .endpoint = {}, .number = 0};
}

[[nodiscard]] inline std::string number_field(std::optional<std::uint64_t> number) {
  return number ? std::to_string(*number) : std::string();
}

// get(connection): optional number.
template <class Get>
[[nodiscard]] constexpr Cells number_cells(Get /*get*/) {
  return {.text =
              [](const Connection& c, const CellContext& /*context*/, std::size_t /*most*/) {
                const std::optional<std::uint64_t> number = Get{}(c);
                return number ? std::to_string(*number) : std::string(kUnknown);
              },
          .fields = [](std::vector<std::string>& fields, const Connection& c,
                       const CellContext& /*context*/) { fields.push_back(number_field(Get{}(c))); },
          .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_number(Get{}(c)); }};
}

// get(connection): optional whole microseconds, as the kernel counts round trips.
template <class Get>
[[nodiscard]] constexpr Cells microseconds_cells(Get get) {
  Cells cells = number_cells(get);
  cells.text = [](const Connection& c, const CellContext& /*context*/, std::size_t /*most*/) {
    const std::optional<std::uint64_t> number = Get{}(c);
    return number ? format_duration(std::chrono::microseconds(*number)) : std::string(kUnknown);
  };
  return cells;
}

// get(connection, now): optional duration.
template <class Get>
[[nodiscard]] constexpr Cells duration_cells(Get /*get*/) {
  return {.text =
              [](const Connection& c, const CellContext& context, std::size_t /*most*/) {
                const std::optional<Nanoseconds> duration = Get{}(c, context.now);
                return duration ? format_duration(*duration) : std::string(kUnknown);
              },
          .fields =
              [](std::vector<std::string>& fields, const Connection& c, const CellContext& context) {
                const std::optional<Nanoseconds> duration = Get{}(c, context.now);
                std::string& field = fields.emplace_back();
                if (duration) append_microseconds(field, *duration);
              },
          .sort =
              [](const Connection& c, MonoTime now) {
                const std::optional<Nanoseconds> duration = Get{}(c, now);
                return SortValue{.known = duration.has_value(),
                                 .text = {},
                                 .endpoint = {},
                                 .number = duration ? duration->count() : 0};
              }};
}

// get(connection): MonoTime, shown as the time of day.
template <class Get>
[[nodiscard]] constexpr Cells time_cells(Get /*get*/) {
  return {.text =
              [](const Connection& c, const CellContext& context, std::size_t /*most*/) {
                const MonoTime time = Get{}(c);
                if (!time.known()) return std::string(kUnknown);
                std::string out;
                const std::int64_t real_ns = context.clock.real_ns(time);
                if (context.dates) {
                  append_local_date_time_us(out, real_ns);
                } else {
                  append_local_time_us(out, real_ns);
                }
                return out;
              },
          .fields =
              [](std::vector<std::string>& fields, const Connection& c, const CellContext& context) {
                const MonoTime time = Get{}(c);
                std::string& field = fields.emplace_back();
                if (time.known()) append_rfc3339(field, context.clock.real_ns(time));
              },
          .sort =
              [](const Connection& c, MonoTime /*now*/) {
                const MonoTime time = Get{}(c);
                return SortValue{.known = time.known(), .text = {}, .endpoint = {}, .number = time.ns};
              }};
}

// get(connection): a word, empty when it is not known.
template <class Get>
[[nodiscard]] constexpr Cells word_cells(Get /*get*/) {
  return {.text =
              [](const Connection& c, const CellContext& /*context*/, std::size_t /*most*/) {
                std::string word(Get{}(c));
                return word.empty() ? std::string(kUnknown) : word;
              },
          .fields = [](std::vector<std::string>& fields, const Connection& c,
                       const CellContext& /*context*/) { fields.emplace_back(Get{}(c)); },
          .sort = [](const Connection& c, MonoTime /*now*/) { return sort_by_text(std::string(Get{}(c))); }};
}

// get(connection): Endpoint; two CSV fields.
template <class Get>
[[nodiscard]] constexpr Cells endpoint_cells(Get /*get*/) {
  return {.text = [](const Connection& c, const CellContext& /*context*/,
                     std::size_t /*most*/) { return to_string(Get{}(c)); },
          .fields =
              [](std::vector<std::string>& fields, const Connection& c, const CellContext& /*context*/) {
                const Endpoint& endpoint = Get{}(c);
                const bool known = endpoint.address.family != Family::unspecified;
                fields.push_back(known ? to_string(endpoint.address) : std::string());
                fields.push_back(number_field(nonzero(endpoint.port)));
              },
          .sort =
              [](const Connection& c, MonoTime /*now*/) {
                const Endpoint& endpoint = Get{}(c);
                return SortValue{.known = endpoint.address.family != Family::unspecified,
                                 .text = {},
                                 .endpoint = endpoint,
                                 .number = 0};
              }};
}

// A kind with one of its cells of its own.
[[nodiscard]] constexpr Cells with_text(Cells cells, Cells::Text text) {
  cells.text = text;
  return cells;
}
[[nodiscard]] constexpr Cells with_fields(Cells cells, Cells::Fields fields) {
  cells.fields = fields;
  return cells;
}
[[nodiscard]] constexpr Cells with_colour(Cells cells, Cells::Colour colour) {
  cells.colour = colour;
  return cells;
}

}  // namespace conntrail::view
