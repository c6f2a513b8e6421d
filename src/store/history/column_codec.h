// How one value of a connection gets into a column and out of it. record_columns.h says which column takes
// which of these; whoever reads believes nothing, because the file may come from anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "conntrail/model/connection.h"
#include "conntrail/model/tcp_state.h"
#include "history/history_row.h"
#include "history/sqlite.h"

namespace conntrail::store {

// Longer than any two times of a connection are apart (9 years), and small enough that neither these sums nor
// those of the view overflow.
inline constexpr std::int64_t kLongestSpan = std::int64_t{1} << 58;
inline constexpr bool is_span(std::int64_t ns) { return ns > -kLongestSpan && ns < kLongestSpan; }

// The first of them that is known.
inline MonoTime known_or(MonoTime time, MonoTime other) { return time.known() ? time : other; }

// Binds the parameter of one column.
class ColumnWriter {
 public:
  // `buffer` is the column's own: SQLite reads a text from it when the statement runs.
  ColumnWriter(Statement& statement, int parameter, std::string& buffer)
      : statement_(statement), parameter_(parameter), buffer_(buffer) {}

  void number(std::int64_t value) { statement_.bind(parameter_, value); }
  void number(std::optional<std::int64_t> value) { statement_.bind(parameter_, value); }
  void null() { statement_.bind_null(parameter_); }
  // Nanoseconds from `from`; NULL when `time` is not known.
  void time(MonoTime from, MonoTime time) { time.known() ? number(time.ns - from.ns) : null(); }
  // To be filled and then bound, empty as NULL.
  [[nodiscard]] std::string& buffer() {
    buffer_.clear();
    return buffer_;
  }
  void bind_buffer() { buffer_.empty() ? null() : statement_.bind(parameter_, std::string_view(buffer_)); }

 private:
  Statement& statement_;
  int parameter_;
  std::string& buffer_;
};

// Reads the columns of one row and remembers whether all of them made sense.
class ColumnReader {
 public:
  explicit ColumnReader(const Statement& statement) : statement_(statement) {}

  void go_to(int column) { column_ = column; }
  [[nodiscard]] bool ok() const { return ok_; }
  void check(bool condition) { ok_ = ok_ && condition; }

  template <class Number>
  Number number() {
    const std::int64_t value = statement_.integer(column_);
    if constexpr (sizeof(Number) < sizeof value)
      check(value >= 0 && value <= std::int64_t{std::numeric_limits<Number>::max()});
    return static_cast<Number>(value);
  }
  template <class Number>
  std::optional<Number> optional() {
    return statement_.is_null(column_) ? std::nullopt : std::optional(number<Number>());
  }
  // `from` and a stored difference.
  MonoTime time(MonoTime from) {
    const auto span = optional<std::int64_t>();
    if (!span) return {};
    if (!is_span(*span)) {
      ok_ = false;
      return {};
    }
    return {from.ns + *span};
  }
  // The wall time that the others differ from, on the monotonic clock of the row's run.
  MonoTime base(const WallClock& clock) {
    constexpr std::int64_t kFarthest = std::int64_t{1} << 62;       // until 2116
    constexpr std::int64_t kLongestUptime = std::int64_t{1} << 61;  // 73 years after boot
    const auto wall = number<std::int64_t>();
    const std::int64_t offset = clock.offset_ns();
    const bool sane = wall >= 0 && wall < kFarthest && offset > -kFarthest && offset < kFarthest;
    if (!sane || wall - offset < -kLongestUptime || wall - offset > kLongestUptime) {
      ok_ = false;
      return {};
    }
    return {wall - offset};
  }
  IpAddress address() {
    const std::string_view text = statement_.text(column_);
    if (text.empty()) return {};
    const auto address = IpAddress::parse(text);
    check(address.has_value());
    return address.value_or(IpAddress{});
  }
  std::string_view text() { return statement_.text(column_); }

 private:
  const Statement& statement_;
  int column_ = 0;
  bool ok_ = true;
};

// A member of a member: follow<&Connection::tuple, &FourTuple::netns>(connection).
template <auto First, auto... Rest>
auto& follow(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*First;
  } else {
    return follow<Rest...>(object.*First);
  }
}

// A number that is always known.
template <auto... Path>
struct Number {
  static void write(ColumnWriter& out, const NewRow& row) {
    out.number(static_cast<std::int64_t>(follow<Path...>(row.connection)));
  }
  static void read(ColumnReader& in, StoredRow& row) {
    auto& field = follow<Path...>(row.record.connection);
    field = in.number<std::remove_reference_t<decltype(field)>>();
  }
};

// A number that is NULL where it is 0.
template <auto... Path>
struct NumberUnlessZero {
  static void write(ColumnWriter& out, const NewRow& row) {
    const auto value = follow<Path...>(row.connection);
    value != 0 ? out.number(static_cast<std::int64_t>(value)) : out.null();
  }
  static void read(ColumnReader& in, StoredRow& row) {
    auto& field = follow<Path...>(row.record.connection);
    using Field = std::remove_reference_t<decltype(field)>;
    field = in.optional<Field>().value_or(0);
  }
};

// NULL where it is not known.
template <auto... Path>
struct Address {
  static void write(ColumnWriter& out, const NewRow& row) {
    const IpAddress& address = follow<Path...>(row.connection);
    std::string& text = out.buffer();
    if (address.family != Family::unspecified) append(text, address);
    out.bind_buffer();
  }
  static void read(ColumnReader& in, StoredRow& row) {
    follow<Path...>(row.record.connection) = in.address();
  }
};

// The origins of times: that which a time usually follows closely, because SQLite stores small integers in
// few bytes.
struct Base {
  static MonoTime of(const Connection& /*connection*/, MonoTime base) { return base; }
};
struct LastEvent {
  static MonoTime of(const Connection& c, MonoTime base) { return known_or(c.last_event, base); }
};
struct Closed {
  static MonoTime of(const Connection& c, MonoTime base) { return known_or(c.closed, base); }
};
struct TimeWaitDue {
  static MonoTime of(const Connection& c, MonoTime base) {
    return known_or(c.time_wait_entered, Closed::of(c, base)) + kTimeWaitLength;
  }
};

// A time as its distance from its origin, which is read before it.
template <class Origin, MonoTime Connection::*Field>
struct TimeAfter {
  static void write(ColumnWriter& out, const NewRow& row) {
    out.time(Origin::of(row.connection, row.base), row.connection.*Field);
  }
  static void read(ColumnReader& in, StoredRow& row) {
    Connection& c = row.record.connection;
    c.*Field = in.time(Origin::of(c, row.base));
  }
};

// A statistic; all of them are NULL where the source has none. `bytes_sent` is read first and decides.
template <auto Field>
struct Statistic {
  static void write(ColumnWriter& out, const NewRow& row) {
    const auto& stats = row.connection.stats;
    stats ? out.number(static_cast<std::int64_t>((*stats).*Field)) : out.null();
  }
  static void read(ColumnReader& in, StoredRow& row) {
    auto& stats = row.record.connection.stats;
    using Value = std::remove_reference_t<decltype((*stats).*Field)>;
    const auto value = in.optional<Value>();
    if (stats) (*stats).*Field = value.value_or(0);
  }
};

}  // namespace conntrail::store
